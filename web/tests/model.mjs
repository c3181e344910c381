// A model server of our own for tests: answers what it is told to, at once or in pieces.

import { once } from 'node:events';
import { createServer } from 'node:http';

const usage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };

/** What stands in a reply in one piece. */
export function whole(content) {
  return JSON.stringify({ id: 'x', object: 'chat.completion', created: 0, model: 'mock', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage });
}

function pieces(content) {
  const chunk = (choices, more = {}) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 0, model: 'mock', choices, ...more })}\n\n`;
  const half = Math.ceil(content.length / 2);
  const parts = [content.slice(0, half), content.slice(half)].map((part) => chunk([{ index: 0, delta: { role: 'assistant', content: part } }]));
  return [...parts, chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]), chunk([], { usage }), 'data: [DONE]\n\n'].join('');
}

/** Starts a server. `answer` gets each request and its response's `send(content)`, and may refuse with `refuse(status, message)`. */
export async function mock(answer) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.method !== 'POST') return response.writeHead(404).end();
    const asked = JSON.parse(body);
    const send = (content) => {
      response.setHeader('content-type', asked.stream ? 'text/event-stream' : 'application/json');
      response.end(asked.stream ? pieces(content) : whole(content));
    };
    const refuse = (status, message) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }));
    return answer(asked, { send, refuse, isGone: () => response.destroyed });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
