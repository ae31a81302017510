// What was said on the stream, newest first: notes, questions and their answers, each with the way to that moment.
import { useState } from 'preact/hooks';
import { act, actions } from '../../act.ts';
import { sayings, type Saying } from '../../derive/stream.ts';
import { draft } from '../../edit.ts';
import type { Change, Stream } from '../../model.ts';
import { isPast } from '../../past.ts';
import { Revision, When } from '../moments.tsx';
import { shortName } from '../rail.tsx';

const firstShown = 8;
const mostLetters = 10_000;

interface NotesProps {
  readonly stream: Stream;
  /** Of this stream, oldest first, up to the moment that is looked at. */
  readonly events: readonly Change[];
  /** Reads those before; undefined: all are here. */
  readonly readEarlier: (() => void) | undefined;
}

export function Notes({ stream, events, readEarlier }: NotesProps) {
  const [most, setMost] = useState(firstShown);
  const all = sayings(events);
  const rest = all.length - most;
  return (
    <section aria-label="Notes">
      <h3 class="sec">
        Notes<span class="x">{all.length || ''}</span>
      </h3>
      {!isPast.value && <NewNote stream={stream} />}
      {all.length === 0 && (
        <p class="t2 dim line">{isPast.value ? 'No notes then.' : 'No notes yet. Agents write them as they go.'}</p>
      )}
      <ul class="log">
        {all.slice(0, most).map((saying) => (
          <li key={saying.revision} data-kind={saying.kind}>
            <Revision id={stream.id} revision={saying.revision} />
            <div>
              <span class="t2 kind">{words[saying.kind]}</span>{' '}
              <small>
                {saying.agent && `${shortName(saying.agent)} · `}
                <When at={saying.at} />
              </small>
              <p class="said">{saying.text}</p>
            </div>
          </li>
        ))}
      </ul>
      {rest > 0 ? (
        <button type="button" class="btn bare t2" onClick={() => setMost(most + 5 * firstShown)}>
          Show {Math.min(rest, 5 * firstShown)} of {rest} more
        </button>
      ) : (
        readEarlier && (
          <button type="button" class="btn bare t2" onClick={readEarlier}>
            Look for earlier ones
          </button>
        )
      )}
    </section>
  );
}

const words: Record<Saying['kind'], string> = {
  note: 'note',
  'hand-over': 'hand-over',
  question: 'question',
  answer: 'answer',
  withdrawn: 'question taken back',
};

export const noteFieldId = 'new-note';

/** One line that grows as one writes; always there, so that a thought costs no click. */
function NewNote({ stream }: { stream: Stream }) {
  const { id, streamNumber } = stream;
  const [isSending, setSending] = useState(false);
  const text = draft(`${id} note`);
  const submit = async () => {
    const note = text.value.trim();
    if (note === '' || isSending) return;
    setSending(true);
    if (await act(`Noted on ${streamNumber}.`, () => actions.update(id, { note }))) text.value = '';
    setSending(false);
  };
  return (
    <form
      class="new-note"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <textarea
        id={noteFieldId}
        class="field grows"
        rows={1}
        maxLength={mostLetters}
        aria-label="Add a note"
        aria-keyshortcuts="n"
        placeholder="Add a note…"
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void submit();
          } else if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {text.value !== '' && (
        <button type="submit" class="btn" disabled={isSending}>
          Add
        </button>
      )}
    </form>
  );
}
