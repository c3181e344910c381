"""A server on loopback that answers conversations, and echoes prompts with log-probabilities."""

import hashlib
import http.server
import json
import re
import threading

# A question with this in it is refused, so that samples fail.
REFUSED = 'Question number 7?'


def number(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], 'big')


def reply(asked):
    """What is said to a question: thought first, an answer that is right by chance, signs that forms must escape."""
    letter = 'ABCD'[number(asked) % 4]
    thought = f'<think>Is it {letter}?\n"Yes" \\ 是</think>\n\n' if number(asked) % 3 else ''
    return f'{thought}So it is {number(asked) % 30} 🙂.\u2028The end.\n答案：{letter}\nANSWER: {letter}'


def echoed(prompt):
    tokens = re.findall(r'\s*\S+|\s+$', prompt) + [' end']
    pairs = list(zip([None, *tokens], tokens))
    numbers = [None if before is None else -(number(before + token) % 4000) / 1000 for before, token in pairs]
    tops = [None if score is None else {token: score, 'x': -2.0} for (_, token), score in zip(pairs, numbers)]
    logprobs = {'tokens': tokens, 'token_logprobs': numbers, 'top_logprobs': tops}
    return {'index': 0, 'text': ''.join(tokens), 'logprobs': logprobs, 'finish_reason': 'length'}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(200, {'object': 'list', 'data': []})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if 'prompt' in asked:
            choice = echoed(asked['prompt'])
        else:
            question = asked['messages'][-1]['content']
            if REFUSED in question:
                return self.answer(400, {'error': {'message': 'not this one'}})
            choice = {'index': 0, 'message': {'role': 'assistant', 'content': reply(question)}, 'finish_reason': 'stop'}
        usage = {'prompt_tokens': 11, 'completion_tokens': 7, 'total_tokens': 18}
        self.answer(200, {'model': 'served', 'choices': [choice], 'usage': usage})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def start():
    """Starts the server and returns its address."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}/v1'
