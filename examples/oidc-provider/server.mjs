// A real authorization server (npm oidc-provider, version 7 or 9) on loopback, for end-to-end tests.
// It prints one JSON line on standard output when it is ready; everything else goes to standard error.
// It has a control door without a lock (lib/control.mjs): never let it listen on anything but loopback.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { createAuthorizationServer } from './lib/authorization_server.mjs';
import { createControl } from './lib/control.mjs';
import { recordIntrospections } from './lib/introspection_log.mjs';

// The library speaks through console.info; standard output belongs to the ready line.
console.info = console.error;
console.log = console.error;

const HOST = '127.0.0.1';
// ProConnect's issuer has a path too, and an issuer with a path is where naive joining of URLs breaks.
const MOUNT = '/api/v2';

const { values: flags } = parseArgs({
  options: {
    version: { type: 'string', default: '9' },
    port: { type: 'string', default: '0' },
    'jwks-uri': { type: 'string', multiple: true, default: [] },
    client: { type: 'string', multiple: true, default: [] },
    issuer: { type: 'string' },
    tls: { type: 'string' },
    'exit-with-stdin': { type: 'boolean', default: false },
  },
});

const http = createServer();
const port = await listen(http, Number(flags.port));
const origin = `http://${HOST}:${port}`;
const hosts = new Set([`${HOST}:${port}`]);

// A second door, to the same server, for clients that show a certificate (RFC 8705 section 5).
let https;
let mtlsOrigin;
if (flags.tls) {
  const file = (name) => readFileSync(join(flags.tls, name));
  https = createSecureServer({
    cert: file('server.crt'), key: file('server.key'), ca: file('ca.crt'), requestCert: true, rejectUnauthorized: false,
  });
  const tlsPort = await listen(https, 0);
  mtlsOrigin = `https://${HOST}:${tlsPort}`;
  hosts.add(`${HOST}:${tlsPort}`);
}
// The address that the world knows, if it is another one than ours.
const issuer = flags.issuer ?? origin + MOUNT;
hosts.add(new URL(issuer).host);

const as = await createAuthorizationServer({
  version: flags.version,
  issuer,
  base: origin + MOUNT,
  mtlsBase: mtlsOrigin && mtlsOrigin + MOUNT,
  jwksUris: parsePairs(flags['jwks-uri']),
  moreClients: flags.client.map((text) => JSON.parse(text)),
});
const introspections = [];
const control = createControl(as, introspections);

function answer(req, res) {
  // A page in the developer's browser must not reach the control door under another name (DNS rebinding).
  if (!hosts.has(req.headers.host)) {
    res.writeHead(421).end();
  } else if (req.url.startsWith('/test/')) {
    control(req, res);
  } else if (req.url.startsWith(`${MOUNT}/`)) {
    recordIntrospections(introspections, req, res);
    // What express does when it mounts an application; oidc-provider builds its URLs from the two.
    req.originalUrl = req.url;
    req.url = req.url.slice(MOUNT.length);
    as.handle(req, res);
  } else {
    res.writeHead(404).end();
  }
}
http.on('request', answer);
https?.on('request', answer);

if (flags['exit-with-stdin']) {
  // A test that is killed cannot clean up; the closed pipe ends us in its stead.
  process.stdin.on('close', () => process.exit(0)).resume();
}

process.stdout.write(`${JSON.stringify({ port, control: `${origin}/test`, ...as.describe() })}\n`);

// listen resolves to the port.
function listen(server, wanted) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, HOST, () => resolve(server.address().port));
  });
}

// parsePairs reads ["rs-jwt=http://…"] into {"rs-jwt": "http://…"}.
function parsePairs(pairs) {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`--jwks-uri: want CLIENT=URL, have ${pair}`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}
