// The door that only tests use: /test/… on the same port, JSON in and out, no authentication.

const MAX_BODY = 64 * 1024;

// createControl returns the handler of everything below /test/.
export function createControl(as, introspections) {
  const routes = {
    'POST /test/mint': async (wish) => ({ token: await as.mint(wish) }),
    'POST /test/rotate-keys': ({ overlap = true }) => ({ kid: as.rotateKeys(overlap) }),
    'POST /test/restart': () => { as.restart(); return {}; },
    'GET /test/log': () => ({ introspections }),
  };

  return async (req, res) => {
    const route = routes[`${req.method} ${req.url}`];
    if (!route) {
      send(res, 404, { error: `want one of: ${Object.keys(routes).join(', ')}` });
      return;
    }
    try {
      send(res, 200, await route(await readJSON(req)));
    } catch (err) {
      send(res, 400, { error: err.error_description ?? err.message });
    }
  };
}

async function readJSON(req) {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY) throw new Error('body too large');
  }
  return text === '' ? {} : JSON.parse(text);
}

function send(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
