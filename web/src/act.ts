// What a person does on the page, sent to the server. An action is sent again with the same key when the server was
// replaced under it, so it takes effect once. What comes of it arrives as an event, like everybody else's changes.
import { signal } from '@preact/signals';

export interface Failure {
  readonly error: string;
  readonly hint: string | null;
  readonly code: string;
  readonly status: number;
  readonly data: unknown;
}

export interface Notice {
  readonly text: string;
  readonly tone: 'done' | 'risk';
  /** Takes it back. */
  readonly undo?: () => void;
}

/** One line at the bottom of the page: what came of the last action. */
export const notice = signal<Notice | null>(null);

const tries = 4;
const pauseMs = 700;

/** The answer's JSON; rejects with a Failure, whose sentence says what to do. */
export async function call<T>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<T> {
  const key = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const headers: Record<string, string> =
        method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': key };
      const init: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(60_000) };
      if (body !== undefined) init.body = JSON.stringify(body);
      const answer = await fetch(path, init);
      const json = (await answer.json()) as T & { error?: string; hint?: string; code?: string; data?: unknown };
      if (answer.ok) return json;
      if (json.code !== 'draining' || attempt === tries) {
        const { error = `HTTP ${answer.status}`, hint = null, code = 'internal', data = null } = json;
        throw { error, hint, code, status: answer.status, data } satisfies Failure;
      }
    } catch (error) {
      if (isFailure(error)) throw error;
      if (attempt === tries) throw unreachable;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt));
  }
}

const unreachable: Failure = {
  error: 'The server does not answer.',
  hint: 'Bring it back with stream-status dashboard, and look whether it took effect.',
  code: 'server_unavailable',
  status: 0,
  data: null,
};

export function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && 'code' in error && 'hint' in error;
}

/** Does it, and says what came of it. False: it failed, and the page says why. */
export async function act(done: string, work: () => Promise<unknown>, undo?: () => void): Promise<boolean> {
  try {
    await work();
    notice.value = undo ? { text: done, tone: 'done', undo } : { text: done, tone: 'done' };
    return true;
  } catch (error) {
    showFailure(error);
    return false;
  }
}

export function showFailure(error: unknown): void {
  const { error: text, hint } = isFailure(error) ? error : { error: String(error), hint: null };
  notice.value = { text: hint ? `${text} · ${hint}` : text, tone: 'risk' };
}

const path = (id: string, what = '') => `/api/streams/${encodeURIComponent(id)}${what && `/${what}`}`;

export const actions = {
  update: (id: string, fields: object) => call('PATCH', path(id), fields),
  answer: (id: string, answer: string) => call('POST', path(id, 'answer'), { answer }),
  release: (id: string, note?: string) => call('POST', path(id, 'release'), { force: true, ...(note ? { note } : {}) }),
  tell: (to: readonly string[], text: string) => call('POST', '/api/messages', { to, text }),
  archive: <T>(id: string, options: object) => call<T>('POST', path(id, 'archive'), options),
  unretire: (id: string) => call('POST', path(id, 'unretire'), {}),
  add: (fields: object) => call<{ streamId: string }>('POST', '/api/streams', fields),
};
