// The board inside a conversation: an MCP App. What it shows comes from list_streams through the host, which alone can
// reach the server; it looks again when asked, and every half minute while it is seen.
import { signal } from '@preact/signals';
import { render } from 'preact';
import '../style/tokens.css';
import '../style/base.css';
import '../style/app.css';
import { count } from '../derive/format.ts';
import type { Status } from '../model.ts';
import { Glyph, PriorityGlyph } from '../view/glyphs.tsx';
import { Host, type ToolResult } from './host.ts';
import { columns, readBoard, rowsOf, type Board, type Row } from './rows.ts';

const everyMs = 30_000;
const question = { limit: 200, detail: 'full' };

const board = signal<Board | null>(null);
const problem = signal<string | null>(null);
const looking = signal(false);

function take(result: ToolResult): void {
  const text = result.content?.find(({ type }) => type === 'text')?.text ?? '';
  if (result.isError) {
    problem.value = text || 'The server refused.';
    return;
  }
  const read = readBoard(result.structuredContent);
  if (read) {
    board.value = read;
    problem.value = null;
  } else problem.value = 'This host passes no structured content on, so there is nothing to draw.';
}

const host = new Host(
  {
    post: (message) => window.parent.postMessage(message, '*'),
    listen: (listen) =>
      addEventListener('message', (event) => {
        if (event.source === window.parent) listen(event.data);
      }),
  },
  {
    result: (result) => {
      take(result); // of the call that the model made: perhaps filtered, and in few words
      void look();
    },
    context: ({ theme }) => {
      if (theme) document.documentElement.dataset['theme'] = theme;
    },
    teardown: () => clearInterval(timer),
  },
);

async function look(): Promise<void> {
  if (looking.peek()) return;
  looking.value = true;
  try {
    take(await host.callTool('list_streams', question));
  } catch (error) {
    problem.value = `The board could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  looking.value = false;
}

const timer = setInterval(() => document.visibilityState === 'visible' && void look(), everyMs);

function App() {
  const shown = board.value;
  const open = shown?.rows.filter(({ status }) => status !== 'completed' && status !== 'archived').length ?? 0;
  return (
    <main>
      <header>
        <h1>Streams</h1>
        <span class="sum grow cut">{shown && `${count(open)} open of ${count(shown.total)}`}</span>
        <button type="button" class="btn" disabled={looking.value} onClick={() => void look()}>
          {looking.value ? 'Looking…' : 'Look again'}
        </button>
      </header>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {shown && shown.rows.length === 0 && <p class="none">No streams yet. Ask the agent to add one.</p>}
      {shown && shown.rows.length > 0 && (
        <div class="cols">
          {columns.map((status) => (
            <Column key={status} status={status} rows={rowsOf(shown, status)} />
          ))}
        </div>
      )}
    </main>
  );
}

function Column({ status, rows }: { status: Status; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={status}>
      <h2>
        <span class={`st-${status}`}>
          <Glyph name={status} small={false} />
        </span>
        {status[0]!.toUpperCase() + status.slice(1)} <span class="dim">{count(rows.length)}</span>
      </h2>
      <ul>
        {rows.map((row) => (
          <Card key={row.id} row={row} />
        ))}
      </ul>
    </section>
  );
}

function Card({ row }: { row: Row }) {
  const over = row.status === 'completed';
  return (
    <li class="card" data-status={row.status}>
      <span class="c1">
        <span class="num">{row.number}</span>
        {!over && (
          <span class="pri">
            <PriorityGlyph priority={row.priority} />
            {row.priority}
          </span>
        )}
        {!over && row.phase && <span class="phase cut">{row.phase}</span>}
      </span>
      <b class="ttl">{row.title}</b>
      {row.question !== null && (
        <span class="why">
          <b>Asks you:</b> {row.question}
        </span>
      )}
      {row.question === null && row.blockers.length > 0 && !over && (
        <span class="why">
          Waits for <b>{row.blockers.join(', ')}</b>
        </span>
      )}
      {!over && (
        <span class="pg">
          <span class="bar" data-status={row.status} role="img" aria-label={`${row.progress} %`}>
            <i style={{ '--w': `${row.progress}%` }} />
          </span>
          {row.progress} %
        </span>
      )}
      {!over && <span class="t2 dim cut">{row.claimedBy ?? 'unclaimed'}</span>}
    </li>
  );
}

render(<App />, document.getElementById('app')!);
new ResizeObserver(() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  host.resized(scrollWidth, scrollHeight);
}).observe(document.body);
host
  .connect('stream-status board', '1')
  .then(look, (error: unknown) => (problem.value = `The host does not answer: ${String(error)}`));
