// A certificate for servers of tests that must speak TLS.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A key and a certificate for `localhost`, also as the file `path`; `remove()` takes the file away. */
export async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), "certificate-"));
  const [keyPath, path] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  // Strict clients take no authority for a server, which is what `openssl` makes otherwise.
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
  await promisify(execFile)("openssl", ["req", "-x509", ...of, ...name, "-keyout", keyPath, "-out", path]);
  const [key, cert] = [await readFile(keyPath), await readFile(path)];
  return { key, cert, path, remove: () => rm(folder, { recursive: true, force: true }) };
}
