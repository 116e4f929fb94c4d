// What was asked at the introspection endpoint and how it was answered; never a token.

// recordIntrospections appends one entry per introspection that is answered.
export function recordIntrospections(entries, req, res) {
  if (!req.url.endsWith('/token/introspection')) return;
  const { accept } = req.headers;
  res.on('finish', () => entries.push({
    accept, status: res.statusCode, content_type: res.getHeader('content-type'),
  }));
}
