#!/usr/bin/env bash
# Installs what Pageloom needs beside Rust: a browser, the pinned fonts, OCR, ffmpeg, the cage of
# browser and builds, Node with npm, a linker. Silent and without network when nothing is missing.
#
#   scripts/install-deps.sh           install what is missing
#   scripts/install-deps.sh --check   only say what is missing; exit 1 when something is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Fonts decide pixels, so these are asked of the package system by name; of the programs it only
# matters that they are there.
readonly FONTS=(fonts-liberation fonts-dejavu-core fonts-noto-core fonts-noto-color-emoji fonts-noto-cjk)

# The order in which `pageloom` itself looks for a browser.
readonly BROWSERS=(chromium-headless-shell chrome-headless-shell chromium chromium-browser)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  # A line that starts with spaces goes on with the hint before it.
  for line in "$@"; do
    if [[ "$line" == " "* ]]; then say "    $line"; else say "hint: $line"; fi
  done
  exit 1
}

# Below, `grep -q` never stands behind a pipe: it stops reading at the first match, the writer dies of
# that, and pipefail would take the match for a failure.
have() { command -v "$1" >/dev/null 2>&1; }

package_is_installed() {
  have dpkg-query \
    && [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Ubuntu's `chromium` is an empty package that calls snap. A browser in a snap cannot be started
# inside a second sandbox and cannot be held at one version, so it does not count as a browser here.
is_snap_stub() {
  local file
  file="$(readlink -f "$(command -v "$1")")"
  [[ "$file" == *snap* ]] || grep -aqE '/snap/|snap install' < <(head -c 4096 "$file")
}

have_browser() {
  [[ -n "${PAGELOOM_BROWSER:-}" && -x "${PAGELOOM_BROWSER:-}" ]] && return 0
  local name
  for name in "${BROWSERS[@]}"; do
    if have "$name" && ! { [[ "$name" == chromium* && "$name" != *shell ]] && is_snap_stub "$name"; }; then
      return 0
    fi
  done
  return 1
}

missing_packages() {
  have_browser || echo chromium-headless-shell
  local font
  for font in "${FONTS[@]}"; do package_is_installed "$font" || echo "$font"; done
  have tesseract || echo tesseract-ocr
  # The language list goes to stdout or stderr, depending on the version.
  if ! have tesseract || ! grep -qx eng < <(tesseract --list-langs 2>&1); then echo tesseract-ocr-eng; fi
  { have ffmpeg && have ffprobe; } || echo ffmpeg
  have bwrap || echo bubblewrap
  have node || echo nodejs
  have npm || echo npm
  have cc || printf '%s\n' gcc libc6-dev
}

# Prints nothing when Rust is new enough, else why it is not.
missing_rust() {
  local wanted found
  wanted="$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml)"
  if ! have cargo; then
    echo "Rust $wanted or newer is missing: \`cargo\` is not on the PATH"
    return
  fi
  found="$(cargo --version 2>/dev/null | awk '{print $2; exit}')"
  if [[ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]]; then
    echo "Rust is too old: cargo is ${found:-of an unknown version}, Pageloom needs $wanted"
  fi
}

check_rust() {
  local why
  why="$(missing_rust)"
  [[ -z "$why" ]] && return
  local hints=()
  if ! have cargo && [[ -x "$HOME/.cargo/bin/cargo" ]]; then
    hints+=("there is one in your home folder: run \`. \"\$HOME/.cargo/env\"\` and try again")
  fi
  if have rustup; then
    hints+=("rustup is here: run \`rustup update stable && rustup default stable\`")
  else
    hints+=("use rustup, Rust's own installer: \`apt install rustup && rustup default stable\` where the"
      "  distribution has that package (Debian 13, Ubuntu 24.04 and later), else from Rust's web site"
      "the distribution's \`cargo\` package will do only if it is that new: see \`apt-cache policy cargo\`")
  fi
  fail "$why" "${hints[@]}"
}

browser_hints=(
  "bring Chromium's headless shell along and name it: export PAGELOOM_BROWSER=/path/to/headless_shell"
  "one way to get it, with the libraries it needs:"
  "  python3 -m pip install playwright && python3 -m playwright install --with-deps --only-shell chromium"
)

# The package that brings a browser on this system. On Ubuntu there is none.
browser_package() {
  local package
  for package in chromium-headless-shell chromium; do
    # A stub depends on snapd; no real package does.
    if grep -q '^Package:' < <(apt-cache show "$package" 2>/dev/null) \
      && ! grep -q snapd < <(apt-cache depends "$package" 2>/dev/null); then
      echo "$package"
      return 0
    fi
  done
  return 1
}

main() {
  local check=0
  case "${1:-}" in
    "") ;;
    --check) check=1 ;;
    *) fail "unknown argument \`$1\`" "usage: scripts/install-deps.sh [--check]" ;;
  esac

  local missing
  mapfile -t missing < <(missing_packages)

  if ((check)); then
    local rust
    rust="$(missing_rust)"
    ((${#missing[@]})) && printf 'missing: %s\n' "${missing[@]}"
    [[ -n "$rust" ]] && printf 'missing: %s\n' "$rust"
    ((${#missing[@]} == 0)) && [[ -z "$rust" ]]
    return
  fi

  # Rust first: without it, packages would be installed for nothing.
  check_rust
  ((${#missing[@]} == 0)) && return 0

  have apt-get || fail "missing: ${missing[*]}" \
    "this script knows Debian and Ubuntu only; install what these packages bring by your system's own means"

  local as_root=()
  if ((EUID != 0)); then
    if have sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      fail "missing, and only an administrator can install: ${missing[*]}" \
        "ask for: apt-get install --no-install-recommends ${missing[*]}"
    fi
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)

  say "installing: ${missing[*]}"
  local log
  log="$(mktemp)"
  # shellcheck disable=SC2064 # the name is wanted as it is now
  trap "rm -f '$log'" EXIT
  if ! "${as_root[@]}" apt-get update -qq >"$log" 2>&1 \
    && ! "${as_root[@]}" apt-get update -qq >"$log" 2>&1; then
    # An old package list may still do; the installation says so if not.
    say "warning: \`apt-get update\` failed twice, going on with the package list that is here"
  fi

  local package wanted=()
  for package in "${missing[@]}"; do
    if [[ "$package" == chromium-headless-shell ]]; then
      package="$(browser_package)" \
        || fail "this distribution has no Chromium package: on Ubuntu \`chromium\` only calls snap" \
          "${browser_hints[@]}"
    fi
    wanted+=("$package")
  done

  if ! "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${wanted[@]}" \
    </dev/null >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "could not install: ${wanted[*]}" "the lines above are what apt said"
  fi

  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) \
    || fail "installed, and still missing: ${missing[*]}" \
      "\`scripts/install-deps.sh --check\` says so as well; \`dpkg -l\` shows what apt did"
}

main "$@"
