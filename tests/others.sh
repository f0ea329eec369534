# Sourced by the scripts that show a running registry to others' software, which say in $subject what they are about
# and in $here where their files are: words, packages that are pinned there, and a registry that goes with the script.
# shellcheck shell=bash

# What somebody set for another registry is not for this one.
unset DATABASE_URL "${!REGISTRY_@}"
place=${CARGO_TARGET_DIR:-target}/$subject
mkdir -p "$place"
place=$(realpath "$place")

say() { printf '\n\033[1m▶ %s: %s\033[0m\n' "$subject" "$*"; }
fail() { printf '\n✗ %s: %s\n' "$subject" "$*" >&2; exit 1; }

# Says why a part is left out; automation leaves nothing out.
leave_out() {
  if [[ -n ${CI:-} ]]; then fail "$1: $2"; fi
  printf '  %s left out: %s\n' "$1" "$2"
}

# ── packages ────────────────────────────────────────────────────────────────────────────────────

# Makes an environment of Python with the packages of requirements-NAME.txt, unless it is there already.
python_environment() {
  local name=$1 environment=$place/python-$1 wanted=$here/requirements-$1.txt
  cmp -s "$wanted" "$environment/installed.txt" && return
  rm -rf "$environment"
  python3 -m venv "$environment" \
    && "$environment/bin/pip" install --quiet --disable-pip-version-check --cache-dir "$place/cache/pip" \
      --requirement "$wanted" \
    && cp "$wanted" "$environment/installed.txt"
}

# ── the registry ────────────────────────────────────────────────────────────────────────────────

server=
data=
stop_registry() {
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  if [[ -n $data ]]; then rm -rf "$data"; fi
  server='' data=''
}
trap stop_registry EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The program that was tested just before, else one built here: what only tests depend on asks more of some libraries,
# so that building without them builds these, and the program, once more.
binary=${TESTED_PROGRAM:-${CARGO_TARGET_DIR:-target}/debug/standards-registry}

# Starts a registry of its own, with more arguments if any, and puts its address in REGISTRY_URL.
start_registry() {
  local attempt
  [[ -n ${TESTED_PROGRAM:-} ]] || cargo build --quiet ${CI:+--locked}
  data=$(mktemp -d "$place/data.XXXXXX")
  "$binary" serve --data "$data" --bind 127.0.0.1:0 "$@" >"$data/output" 2>"$data/errors" &
  server=$!
  for ((attempt = 0; attempt < 300; attempt++)); do
    REGISTRY_URL=$(grep -om1 'http://127\.0\.0\.1:[0-9]*' "$data/output" || true)
    [[ -n $REGISTRY_URL ]] && break
    kill -0 "$server" 2>/dev/null || { cat "$data/errors" >&2; fail "the server ended before it listened"; }
    sleep 0.1
  done
  [[ -n $REGISTRY_URL ]] || fail "the server printed no address"
  # No proxy stands between this machine and itself.
  export REGISTRY_URL NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
}

# Puts a token for a division and scopes in TOKEN.
issue_token() {
  TOKEN=$("$binary" token --data "$data" --subject "$subject" --district "$1" --scope "$2")
  export TOKEN
}
