// A message to an agent: it reads it with its next call.
import { act, actions } from '../act.ts';
import { draft, dropDraft } from '../edit.ts';
import { Cancel, closePanel, Panel, TextField } from './panel.tsx';
import { shortName } from './rail.tsx';

const mostLetters = 2_000;

/** `id`: of what the page shows, under which the draft is kept. Without `to` there is nobody left to read it. */
export function MessagePanel({ id, to }: { id: string; to: string | undefined }) {
  const text = draft(`${id} message`);
  const submit = async () => {
    const message = text.value.trim();
    if (!to || message === '') return;
    if (!(await act(`${shortName(to)} is told with its next call.`, () => actions.tell([to], message)))) return;
    text.value = '';
    dropDraft(`${id} message`);
    closePanel();
  };
  return (
    <Panel label="Message" onSubmit={() => void submit()}>
      <TextField
        label={to ? `To ${to}` : 'Nobody holds it any more. What you wrote:'}
        hint="Read with its next call"
        most={mostLetters}
        value={text.value}
        onInput={(next) => (text.value = next)}
      />
      <div class="acts">
        <button type="submit" class="btn go" disabled={!to || text.value.trim() === ''}>
          Send
        </button>
        <Cancel />
      </div>
    </Panel>
  );
}
