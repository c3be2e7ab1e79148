// A web server with https on localhost and a certificate of its own, for what must be published at an https URL.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface HttpsHost {
  /** `https://localhost:port` */
  origin: string;
  /** For NODE_EXTRA_CA_CERTS of whoever shall believe it. */
  certificateFile: string;
  /** JSON by path; everything else is 404. */
  documents: Map<string, unknown>;
  /** Paths that were asked for, oldest first. */
  asked: string[];
  close(): Promise<void>;
}

/** @param folder where the certificate is written */
export async function startHttpsHost(folder: string): Promise<HttpsHost> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = selfSigned(privateKey, publicKey);
  const certificateFile = join(folder, "localhost.pem");
  writeFileSync(certificateFile, cert);
  const documents = new Map<string, unknown>();
  const asked: string[] = [];
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const server = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? "/";
    asked.push(path);
    const found = documents.get(path);
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((ready) => server.listen(0, "localhost", ready));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  const { port } = server.address() as AddressInfo;
  return { origin: `https://localhost:${port}`, certificateFile, documents, asked, close };
}

/** RFC 5280 §4.1, for `localhost` and a day either side of now; PEM. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const ecdsaWithSha256 = der(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const name = der(0x30, der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from("localhost")))));
  const alternativeNames = der(0x04, der(0x30, der(0x82, Buffer.from("localhost"))));
  const certified = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    der(0x30, time(-1), time(1)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(0x30, der(0x30, oid(0x55, 0x1d, 0x11), alternativeNames))),
  );
  const signature = sign("sha256", certified, privateKey);
  const certificate = der(0x30, certified, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, contents (X.690 §8.1). */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function time(days: number): Buffer {
  const at = new Date(Date.now() + days * 86_400_000).toISOString();
  return der(0x17, Buffer.from(`${at.slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}
