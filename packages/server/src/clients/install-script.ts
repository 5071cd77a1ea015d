/**
 * The script that puts the client onto a Linux system that is there. It pins the site's CA, and what it fetches by hash; so whoever has the script from
 * the site has the rest from the site too. It holds nothing secret.
 */
import { fillPath, streamPath } from '@ostler/contract';

export interface InstallScriptFacts {
  readonly siteName: string;
  readonly serverUrl: string;
  readonly caPem: string;
  readonly nodeSha256: string;
  /** Fetched where Node.js does not start without them. */
  readonly libraries: readonly { readonly name: string; readonly sha256: string }[];
  readonly bundleSha256: string;
  /** As Node names the server's own: the client's programs are for the same. */
  readonly architecture: string;
}

/** What `uname -m` says. */
const machineNames: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

export function installScript(facts: InstallScriptFacts): string {
  const { siteName, serverUrl, caPem, nodeSha256, libraries, bundleSha256, architecture } = facts;
  const machine = machineNames[architecture] ?? architecture;
  return `#!/bin/sh
# Installs the Ostler client of the site ${siteName.replaceAll(/[^ -~]/g, '?')} (${serverUrl}) on this computer.
# Usage, as root: sh THIS-FILE [--token TOKEN]
set -eu
umask 077
site='${serverUrl}'
folder=/var/lib/ostler

fail() { echo "The client is not installed: $1" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail 'run this script as root.'
[ -d /run/systemd/system ] || fail 'this system is not run by systemd.'
[ "$(uname -m)" = '${machine}' ] || fail "the site has the client for ${machine} only, and this is $(uname -m)."
[ ! -e "$folder/agent.json" ] || fail 'a task sequence is running on this computer.'

mkdir -p "$folder/lib"
chmod 700 "$folder"
cat >"$folder/ca.pem" <<'END-OF-CA'
${caPem.trim()}
END-OF-CA

# fetch PATH NAME SHA256
fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --cacert "$folder/ca.pem" --output "$folder/$2.new" "$site$1" || fail "the site does not send $2."
  elif command -v wget >/dev/null; then
    wget --quiet --ca-certificate="$folder/ca.pem" --output-document="$folder/$2.new" "$site$1" || fail "the site does not send $2."
  else
    fail 'install curl or wget first.'
  fi
  echo "$3  $folder/$2.new" | sha256sum --check --status - || fail "$2 is not what the site has: its hash is another."
  chmod 700 "$folder/$2.new"
  mv "$folder/$2.new" "$folder/$2"
}

${fetchLine('node', nodeSha256)}
fetch '${fillPath(streamPath('agent.bundle'), { sha256: bundleSha256 })}' agent.mjs '${bundleSha256}'
# A library of this system is always better: it was made for its C library.
starts() { LD_LIBRARY_PATH="$folder/lib" "$folder/node" --version >/dev/null 2>&1; }
${libraries.map(({ name, sha256 }) => `starts || ${fetchLine(`lib/${name}`, sha256)}`).join('\n')}
starts || fail "its program does not start here: $(LD_LIBRARY_PATH="$folder/lib" "$folder/node" --version 2>&1 || true)"
LD_LIBRARY_PATH="$folder/lib" exec "$folder/node" "$folder/agent.mjs" client enrol --server "$site" --ca "$folder/ca.pem" "$@"
`;
}

function fetchLine(name: string, sha256: string): string {
  return `fetch '${fillPath(streamPath('client.program'), { sha256 })}' '${name}' '${sha256}'`;
}
