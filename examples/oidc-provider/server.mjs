// A real authorization server (npm oidc-provider, version 7 or 9) on loopback, for end-to-end tests.
// It prints one JSON line on standard output when it is ready; everything else goes to standard error.
// It has a control door without a lock (lib/control.mjs): never let it listen on anything but loopback.

import { createServer } from 'node:http';
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
    'exit-with-stdin': { type: 'boolean', default: false },
  },
});

const http = createServer();
await new Promise((resolve, reject) => {
  http.once('error', reject);
  http.listen(Number(flags.port), HOST, resolve);
});
const { port } = http.address();
const origin = `http://${HOST}:${port}`;

const as = await createAuthorizationServer({
  version: flags.version,
  issuer: origin + MOUNT,
  jwksUris: parsePairs(flags['jwks-uri']),
});
const introspections = [];
const control = createControl(as, introspections);

http.on('request', (req, res) => {
  // A page in the developer's browser must not reach the control door under another name (DNS rebinding).
  if (req.headers.host !== `${HOST}:${port}`) {
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
});

if (flags['exit-with-stdin']) {
  // A test that is killed cannot clean up; the closed pipe ends us in its stead.
  process.stdin.on('close', () => process.exit(0)).resume();
}

process.stdout.write(`${JSON.stringify({ port, control: `${origin}/test`, ...as.describe() })}\n`);

// parsePairs reads ["rs-jwt=http://…"] into {"rs-jwt": "http://…"}.
function parsePairs(pairs) {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`--jwks-uri: want CLIENT=URL, have ${pair}`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}
