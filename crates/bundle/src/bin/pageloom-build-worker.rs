//! The build worker as a program of its own, for the tests and tools of this crate.

fn main() -> std::io::Result<()> {
    pageloom_bundle::serve(
        std::env::args_os().skip(1),
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    )
}
