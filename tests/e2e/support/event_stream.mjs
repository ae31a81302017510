// A browser's EventSource, as far as the tests need it: reads events over fetch, knows its last id.
import assert from 'node:assert/strict';

export class EventStream {
  static async open(port, { lastEventId, since } = {}) {
    const query = since === undefined ? '' : `?since=${since}`;
    const stop = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}/api/events${query}`, {
      headers: { Accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) },
      signal: stop.signal,
    });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/event-stream\b/);
    return new EventStream(answer.body, stop);
  }

  #events;
  #stop;

  constructor(body, stop) {
    this.#stop = stop;
    this.#events = parse(body);
    this.lastId = undefined;
  }

  /** The next event of one of these names: {event, id, data}. Others are passed over. */
  async next(...names) {
    for (;;) {
      const { value, done } = await this.#events.next();
      assert.ok(!done, 'the event stream ended');
      if (value.id !== undefined) this.lastId = value.id;
      if (names.length === 0 || names.includes(value.event)) return value;
    }
  }

  close() {
    this.#stop.abort();
  }
}

async function* parse(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const event = { event: 'message', id: undefined, data: '' };
      for (const line of block.split('\n')) {
        const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (field === 'data') event.data += value;
        else if (field === 'event' || field === 'id') event[field] = value;
      }
      if (event.data !== '') yield { ...event, data: JSON.parse(event.data) };
    }
  }
}
