# Sourced by tests/run and benches/run: words, packages, and a PostgreSQL of our own that goes with the script.
# shellcheck shell=bash

say() { printf '\n\033[1m▶ %s\033[0m\n' "$*"; }
fail() { printf '\n✗ %s\n' "$*" >&2; exit 1; }

# The folder of PostgreSQL's server programs: the newest Debian keeps, else whatever is on PATH.
find_postgres() {
  local folder
  while read -r folder; do
    [[ -x $folder/postgres && -x $folder/initdb && -x $folder/pg_ctl ]] && echo "$folder" && return
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV; dirname "$(readlink -f "$(command -v initdb)")")
  return 1
}

# Installs packages where that is allowed, else says which are missing.
install_packages() {
  local packages=("$@") as_root=()
  ((${#packages[@]})) || return 0
  if ((EUID != 0)); then as_root=(sudo -n); fi
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    fail "please install: ${packages[*]} (Debian's names), then run this again"
  fi
  say "installing ${packages[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

# Cargo is not on every PATH after it was installed.
require_cargo() {
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null || fail "please install Rust: https://rustup.rs"
}

cluster=
postgres_url=
server_user=()
bin=

# The server refuses to run as root.
choose_server_user() {
  ((EUID == 0)) || return 0
  local user=nobody
  id postgres >/dev/null 2>&1 && user=postgres
  if command -v setpriv >/dev/null; then
    server_user=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --)
  elif command -v runuser >/dev/null; then
    server_user=(runuser -u "$user" --)
  else
    fail "please install util-linux: PostgreSQL does not run as root, and setpriv changes to user $user"
  fi
  chown "$(id -u "$user"):$(id -g "$user")" "$cluster"
}

as_server() { (cd "$cluster" && HOME=$cluster "${server_user[@]}" "$@"); }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts a server with the settings given on standard input and puts its address in postgres_url.
start_postgres() {
  bin=$(find_postgres) || fail "PostgreSQL's server programs were not found"
  # Not under TMPDIR: the path of a unix socket may have 107 bytes at most.
  cluster=$(mktemp -d /tmp/registry-postgres.XXXXXX)
  choose_server_user
  local password port attempt settings
  settings=$(cat)
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  as_server tee "$cluster/password" <<<"$password" >/dev/null
  as_server "$bin/initdb" --pgdata="$cluster/data" --username=registry --pwfile="$cluster/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$cluster/initdb.log" 2>&1 \
    || { cat "$cluster/initdb.log" >&2; fail "initdb failed"; }

  as_server tee -a "$cluster/data/postgresql.conf" >/dev/null <<TEXT
listen_addresses = '127.0.0.1'
unix_socket_directories = '$cluster'
max_connections = 300
$settings
TEXT
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    port_is_free "$port" || continue
    if as_server "$bin/pg_ctl" start --wait --timeout=60 --silent --pgdata="$cluster/data" \
      --log="$cluster/server.log" --options="-p $port" >/dev/null; then
      postgres_url="postgres://registry:$password@127.0.0.1:$port/postgres"
      return
    fi
  done
  cat "$cluster/server.log" >&2
  fail "PostgreSQL did not start"
}

remove_postgres() {
  [[ -n $cluster ]] || return 0
  # Nothing in it is worth an orderly end.
  if [[ -f $cluster/data/postmaster.pid ]]; then
    as_server "$bin/pg_ctl" stop --mode=immediate --wait --silent --pgdata="$cluster/data" >/dev/null || true
  fi
  rm -rf "$cluster"
}

trap remove_postgres EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
