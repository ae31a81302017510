// What an agent asks: the question, its choices as buttons, an answer in words, and what an answer sets moving.
import { useState } from 'preact/hooks';
import { act, actions } from '../../act.ts';
import { waitingFor } from '../../derive/needs.ts';
import { draft, dropDraft } from '../../edit.ts';
import { state } from '../../live.ts';
import type { Change, Question, Stream } from '../../model.ts';
import { isPast, shown } from '../../past.ts';
import { Age } from '../bits.tsx';
import { Glyph } from '../glyphs.tsx';
import { Revision } from '../moments.tsx';
import { Cancel, closePanel, isAnyPanelOpen, isPanelOpen, openPanel, Panel, TextField, togglePanel } from '../panel.tsx';
import { shortName } from '../rail.tsx';

const mostLetters = 2_000;

export function QuestionBox({ stream, events }: { stream: Stream; events: readonly Change[] }) {
  const { id, question } = stream;
  if (question) return <Asked stream={stream} question={question} events={events} />;
  // Somebody else was faster: what the person wrote is theirs to use or to drop.
  const isWriting = isPanelOpen(id, 'answer') && draft(`${id} answer`).value !== '' && !isPast.value;
  return isWriting ? <AnsweredMeanwhile stream={stream} events={events} /> : null;
}

function Asked({ stream, question, events }: { stream: Stream; question: Question; events: readonly Change[] }) {
  const { id } = stream;
  const [isSending, setSending] = useState(false);
  const asked = events.findLast(({ type }) => type === 'question_asked');
  const asker = question.asker ?? stream.claim?.agent;
  const answer = async (text: string) => {
    if (text.trim() === '' || isSending) return false;
    setSending(true);
    const told = asker ? `; ${shortName(asker)} gets it with its next call` : '';
    const isSent = await act(`Answered ${stream.streamNumber}: ${text}${told}.`, () => actions.answer(id, text));
    setSending(false);
    return isSent;
  };
  return (
    <section class="ask" aria-label="Question">
      <div class="row t2 stuck">
        <Glyph name="blocked" />
        <b class="b5">
          {isPast.value ? 'Waits for an answer' : <>Waits for your answer <Age since={question.askedAt} units={2} /></>}
        </b>
        <span class="mid">
          {asker ? `asked by ${shortName(asker)}` : 'asked'}
          {asked && (
            <>
              {' at '}
              <Revision id={id} revision={asked.revision} />
            </>
          )}
        </span>
      </div>
      <p class="q">{question.text}</p>
      {isPast.value ? (
        question.choices.length > 0 && <p class="t2">Choices: {question.choices.join(' · ')}</p>
      ) : (
        <>
          <div class="acts">
            {question.choices.map((choice, index) => (
              <button
                key={choice}
                type="button"
                class={index === 0 && !isAnyPanelOpen(id) ? 'btn go' : 'btn'}
                disabled={isSending}
                onClick={() => void answer(choice)}
              >
                {choice}
              </button>
            ))}
            <button
              type="button"
              class={question.choices.length === 0 && !isAnyPanelOpen(id) ? 'btn go' : 'btn bare'}
              aria-expanded={isPanelOpen(id, 'answer')}
              aria-keyshortcuts="a"
              title="a"
              onClick={() => togglePanel(id, 'answer')}
            >
              Answer in words
            </button>
            <SetsMoving stream={stream} />
          </div>
          {isPanelOpen(id, 'answer') && <InWords id={id} send={answer} isSending={isSending} />}
        </>
      )}
    </section>
  );
}

function SetsMoving({ stream }: { stream: Stream }) {
  const waiting = waitingFor(shown.value ?? state.value.streams, stream.id).map(({ streamNumber }) => streamNumber);
  const named = waiting.slice(0, 3).join(', ') + (waiting.length > 3 ? ` and ${waiting.length - 3} more` : '');
  return (
    <span class="t2 mid sets">
      Sets {stream.streamNumber} moving
      {waiting.length > 0 && `; ${named} ${waiting.length === 1 ? 'waits' : 'wait'} for it`}
    </span>
  );
}

function InWords({ id, send, isSending }: { id: string; send: (text: string) => Promise<boolean>; isSending: boolean }) {
  const text = draft(`${id} answer`);
  const submit = async () => {
    if (!(await send(text.value))) return;
    text.value = '';
    dropDraft(`${id} answer`);
    closePanel();
  };
  return (
    <Panel label="Answer in words" onSubmit={() => void submit()}>
      <TextField label="Your answer" most={mostLetters} value={text.value} onInput={(next) => (text.value = next)} />
      <div class="acts">
        <button type="submit" class="btn go" disabled={text.value.trim() === '' || isSending}>
          Answer
        </button>
        <Cancel />
      </div>
    </Panel>
  );
}

function AnsweredMeanwhile({ stream, events }: { stream: Stream; events: readonly Change[] }) {
  const { id, claim } = stream;
  const text = draft(`${id} answer`);
  const last = events.findLast(({ type }) => type === 'question_answered' || type === 'question_withdrawn');
  const drop = () => {
    text.value = '';
    dropDraft(`${id} answer`);
    closePanel();
  };
  return (
    <section class="ask calm-box" aria-label="Answered meanwhile">
      <p>
        <b class="b5">
          {last?.type === 'question_answered'
            ? `Answered meanwhile${last.agent ? ` by ${shortName(last.agent)}` : ''}: ${String(last.newValue)}`
            : 'The question was taken back meanwhile.'}
        </b>
      </p>
      <TextField label="What you wrote" value={text.value} onInput={(next) => (text.value = next)} />
      <div class="acts">
        {claim && (
          <button
            type="button"
            class="btn go"
            onClick={() => {
              draft(`${id} message`).value = text.value;
              drop();
              openPanel(id, 'message');
            }}
          >
            Send it to {shortName(claim.agent)} as a message
          </button>
        )}
        <button type="button" class="btn" onClick={drop}>
          Drop it
        </button>
      </div>
    </section>
  );
}
