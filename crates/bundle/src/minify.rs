//! Scripts made small.

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

/// The same module with short names and without what does nothing; what it imports and exports keeps
/// its names. Nothing for what is no module.
pub(crate) fn minified(code: &str) -> Option<String> {
    let mangle = MangleOptions::default();
    rewritten(code, mangle, Some(CompressOptions::default()))
}

/// The same statement with short names inside it. What it declares, and what others declare, keeps its
/// name, and nothing of it is left out, since its neighbours are not known.
pub(crate) fn minified_statement(code: &str) -> Option<String> {
    let mangle = MangleOptions { top_level: Some(false), ..MangleOptions::default() };
    rewritten(code, mangle, None)
}

fn rewritten(
    code: &str,
    mangle: MangleOptions,
    compress: Option<CompressOptions>,
) -> Option<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let mut program = parsed.program;
    let options = MinifierOptions { mangle: Some(mangle), mangle_properties: None, compress };
    let done = Minifier::new(options).minify(&allocator, &mut program);
    let options = CodegenOptions {
        minify: true,
        comments: CommentOptions::disabled(),
        ..CodegenOptions::default()
    };
    Some(Codegen::new().with_options(options).with_scoping(done.scoping).build(&program).code)
}

#[cfg(test)]
mod tests {
    use super::{minified, minified_statement};

    #[test]
    fn a_statement_keeps_the_names_that_others_know_it_by() {
        let code = "const Button = forwardRef(function Inner(props, reference) {\n  \
                    const n = classes(props.kind, e);\n  return make(n, reference);\n});";
        let small = minified_statement(code).unwrap();
        assert!(small.len() < code.len() * 3 / 4, "{small}");
        for kept in ["const Button=", "forwardRef(", "classes(", "make(", ".kind"] {
            assert!(small.contains(kept), "{kept} in {small}");
        }
        // `e` belongs to somebody else, so nothing inside may be called that.
        assert!(!small.contains("(e,") && small.contains(",e)"), "{small}");
        assert_eq!(minified_statement("function unused() {}").unwrap(), "function unused(){}");
        assert!(minified("function unused() {}\nexport {};").unwrap().len() < 20);
        assert!(minified_statement("const = 1").is_none());
    }
}
