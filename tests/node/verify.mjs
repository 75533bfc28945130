// Verifies one webhook by everything there is for it, and prints what each said of it.
//
// From standard input, JSON: the headers, the body in base64, and `keys`, what the receiver was
// given: whsec_ or whpk_. The ed25519 is that of Node, for neither package knows any.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const { headers, body: packed, keys } = JSON.parse(readFileSync(0, "utf8"));
const body = Buffer.from(packed, "base64");

function by(Verifier, secret) {
  try {
    return new Verifier(secret).verify(body, headers).id;
  } catch (refusal) {
    return `refused: ${refusal.message}`;
  }
}

// The key in its DER wrapping, which is the same 12 bytes for every ed25519 key (RFC 8410).
const WRAPPING = Buffer.from("302a300506032b6570032100", "hex");

function byEd25519(key) {
  const raw = Buffer.from(key.slice("whpk_".length), "base64");
  const publicKey = createPublicKey({ key: Buffer.concat([WRAPPING, raw]), format: "der", type: "spki" });
  const start = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`;
  const signed = Buffer.concat([Buffer.from(start), body]);
  const right = headers["webhook-signature"].split(" ").some((each) => {
    const [version, signature] = each.split(",");
    return version === "v1a" && verify(null, signed, publicKey, Buffer.from(signature, "base64"));
  });
  return right ? JSON.parse(body).id : "refused";
}

const said = keys.map((key) =>
  key.startsWith("whpk_")
    ? { ed25519: byEd25519(key) }
    : { standardwebhooks: by(Standard, key), svix: by(Svix, key) },
);
process.stdout.write(JSON.stringify(said));
