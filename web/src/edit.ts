// What a person writes about a stream. Drafts live beside the page, so that no live change takes a letter away, and
// are saved only over the value that the person saw: an edit never overwrites another's unseen.
import { signal, type Signal } from '@preact/signals';
import { actions, isFailure } from './act.ts';
import { state } from './live.ts';
import type { Stream } from './model.ts';

const drafts = new Map<string, Signal<string>>();

/** The text that is being written under this name; stays until it is dropped, also while another view is open. */
export function draft(name: string, initial = ''): Signal<string> {
  let found = drafts.get(name);
  if (!found) drafts.set(name, (found = signal(initial)));
  return found;
}

export function hasDraft(name: string): boolean {
  return drafts.has(name);
}

export function dropDraft(name: string): void {
  drafts.delete(name);
}

export type Fields = Partial<Pick<Stream, 'title' | 'goal' | 'phases' | 'blockers'>>;
type FieldName = keyof Fields;

/** What of `base` is otherwise now; null: nothing. */
export function changedSince(base: Fields, present: Stream): Fields | null {
  const names = (Object.keys(base) as FieldName[]).filter((name) => !isSame(base[name], present[name]));
  if (names.length === 0) return null;
  return Object.fromEntries(names.map((name) => [name, present[name]]));
}

export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => each === b[index]);
  }
  return (a ?? '') === (b ?? ''); // no goal and an empty one are the same
}

export type Send = (id: string, fields: object) => Promise<unknown>;

const tries = 5;

/**
 * Saves what `change` makes of the stream; null: nothing. Compare-and-set by the stream's revision. Where another change
 * came first, `change` is asked again with the stream as it is then, so that it decides what that means.
 */
export async function saveOver(
  present: Stream,
  change: (present: Stream) => Fields | null,
  send: Send = actions.update,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const fields = change(present);
    if (!fields) return;
    try {
      await send(present.id, { ...fields, expectedRevision: present.revision });
      return;
    } catch (error) {
      if (!isFailure(error) || error.code !== 'revision_conflict' || attempt === tries) throw error;
      present = (error.data as { stream: Stream }).stream;
    }
  }
}

/** Others changed what the person edits: the page shows both. */
export class Overtaken {
  readonly present: Stream;
  constructor(present: Stream) {
    this.present = present;
  }
}

/** Saves edited fields, or throws Overtaken when one of them is not what the person saw any more. */
export function saveEdited(present: Stream, base: Fields, mine: Fields, send: Send = actions.update): Promise<void> {
  const change = (stream: Stream): Fields => {
    if (changedSince(base, stream)) throw new Overtaken(stream);
    return mine;
  };
  return saveOver(present, change, send);
}

/** The stream as the page has it now. */
export function presentStream(id: string): Stream | undefined {
  return state.peek().streams.get(id);
}
