// The selected pair of the Conflicts view: what will happen, who lands first and why, the shared files with the lines
// that both changed, and the way to tell the agents.
import { useEffect, useRef, useState } from 'preact/hooks';
import { act, actions, call, notice } from '../act.ts';
import {
  landingsOf,
  messageFor,
  numberOf,
  orderText,
  reworkOf,
  savedBy,
  sharedFiles,
  sidesOf,
  stretch,
  type SharedFile,
} from '../derive/conflicts.ts';
import { count, counted } from '../derive/format.ts';
import { conflictFiles, landsFirst } from '../derive/needs.ts';
import { draft, dropDraft, hasDraft } from '../edit.ts';
import { state } from '../live.ts';
import type { Comparison, Conflicts, Hunk, Pair, Stream } from '../model.ts';
import { href } from '../route.ts';
import { now } from '../ui.ts';
import { Who } from './bits.tsx';
import { Glyph, type GlyphName } from './glyphs.tsx';

const firstFiles = 12;
const longestMessage = 2_000;

/** Read again with each forecast, because then a tip may have moved; the one before stays until then. */
function useComparison(a: string, b: string, lookedAt: string): Comparison | null {
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const asked = useRef(0);
  const shown = useRef(0);
  useEffect(() => {
    const turn = ++asked.current;
    call<Comparison>('GET', `/api/conflicts/compare?${new URLSearchParams({ a, b })}`).then(
      (answer) => {
        if (turn < shown.current) return; // overtaken by a later one
        shown.current = turn;
        setComparison(answer);
      },
      () => {}, // what the forecast says is shown all the same
    );
  }, [a, b, lookedAt]);
  return comparison;
}

export function PairDetail({ pair, conflicts, isAskedFor }: { pair: Pair; conflicts: Conflicts; isAskedFor: boolean }) {
  const { streams } = state.value;
  const [upper, lower] = sidesOf(pair, streams);
  const comparison = useComparison(upper, lower, conflicts.timestamp);
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Below each other, the pair that was asked for would be out of sight.
    if (isAskedFor && matchMedia('(max-width: 960px)').matches) heading.current?.scrollIntoView({ block: 'start' });
  }, []);
  const files = sharedFiles(pair, conflicts, comparison);
  return (
    <>
      <div ref={heading} class="hd">
        <Verdict pair={pair} files={files.length} />
        <h2>
          {[upper, lower].map((id) => (
            <a key={id} href={href('stream', id)} class="cut" title={titleOf(id, conflicts)}>
              {numberOf(id, streams)} {titleOf(id, conflicts)}
            </a>
          ))}
        </h2>
      </div>
      <Landing pair={pair} conflicts={conflicts} comparison={comparison} />
      <Files files={files} upper={upper} lower={lower} comparison={comparison} />
    </>
  );
}

function titleOf(id: string, conflicts: Conflicts): string {
  return state.value.streams.get(id)?.title ?? conflicts.streams.find(({ streamId }) => streamId === id)?.title ?? '';
}

function Verdict({ pair, files }: { pair: Pair; files: number }) {
  const shared = counted(files, 'shared file');
  switch (pair.state) {
    case 'conflict':
      return (
        <p class="verdict risk">
          <Glyph name="conflict" /> {count(conflictFiles(pair))} of {shared} will conflict
        </p>
      );
    case 'possible':
      return (
        <p class="verdict mid">
          <Glyph name="uncommitted" /> {shared}, not all committed: {pair.detail ?? 'what is not can not be tried'}
        </p>
      );
    case 'unknown':
      return (
        <p class="verdict mid">
          <Glyph name="question" /> {shared}, not known{pair.detail && `: ${pair.detail}`}
        </p>
      );
    case 'clean':
      return (
        <p class="verdict dim">
          <Glyph name="completed" /> {shared}, git merges {files === 1 ? 'it' : 'them all'}
        </p>
      );
  }
}

function Landing({
  pair,
  conflicts,
  comparison,
}: {
  pair: Pair;
  conflicts: Conflicts;
  comparison: Comparison | null;
}) {
  const { streams } = state.value;
  const landings = landingsOf(pair, conflicts, streams, comparison, now.value);
  const first = landsFirst(conflicts, pair.a, pair.b, streams);
  const saved = comparison && pair.state === 'conflict' ? savedBy(comparison, first) : 0;
  return (
    <>
      <h3 class="sec">
        Landing order
        {saved > 0 && <span class="x">saves {counted(saved, 'changed line')} of rework</span>}
      </h3>
      <ol class="land">
        {landings.map(({ id, reason }, index) => (
          <li key={id}>
            <span class="o">{index + 1}</span>
            <div>
              <a href={href('stream', id)} class="b5 name" title={titleOf(id, conflicts)}>
                <span class="num">{numberOf(id, streams)}</span> {titleOf(id, conflicts)}
              </a>
              <p>{reason}</p>
            </div>
          </li>
        ))}
      </ol>
      {comparison && saved > 0 && (
        <p class="t2 dim">
          The other way round, {numberOf(first, streams)} would rebase {counted(reworkOf(comparison, first), 'line')}.
        </p>
      )}
      <Actions pair={pair} conflicts={conflicts} order={orderText(landings, conflicts, streams)} />
    </>
  );
}

function Actions({ pair, conflicts, order }: { pair: Pair; conflicts: Conflicts; order: string }) {
  const { streams } = state.value;
  const [upper, lower] = sidesOf(pair, streams);
  const name = `conflict ${upper} ${lower}`;
  const [isOpen, setOpen] = useState(() => hasDraft(name)); // it outlives a look at another pair
  const field = useRef<HTMLTextAreaElement>(null);
  const [isSending, setSending] = useState(false);
  const held = [upper, lower].flatMap((id) => {
    const stream = streams.get(id);
    return stream?.claim ? [stream] : [];
  });
  const unclaimed = [upper, lower].filter((id) => !streams.get(id)?.claim).map((id) => numberOf(id, streams));
  const write = () => {
    setOpen(true);
    requestAnimationFrame(() => field.current?.focus());
  };
  const close = () => {
    dropDraft(name);
    setOpen(false);
  };
  const tell = async () => {
    const text = draft(name).value.trim();
    setSending(true);
    const to = held.map(({ id }) => id);
    const names = [...new Set(held.map(({ claim }) => claim!.agent))].join(' and ');
    const told = await act(`${names} will see it with the next call.`, () => actions.tell(to, text));
    setSending(false);
    if (told) close();
  };
  if (isOpen) {
    const text = draft(name, messageFor(pair, conflicts, streams));
    return (
      <form
        class="tell"
        onSubmit={(event) => {
          event.preventDefault();
          void tell();
        }}
      >
        <label class="t2 mid" for="tell-text">
          To <Holders streams={held} />
          {unclaimed.length > 0 && <span class="dim">nobody holds {unclaimed.join(' and ')}</span>}
        </label>
        <textarea
          id="tell-text"
          class="field"
          ref={field}
          rows={3}
          maxLength={longestMessage}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            if (event.key === 'Escape') close();
          }}
        />
        <div class="acts">
          <button type="submit" class="btn go" disabled={isSending || text.value.trim() === '' || held.length === 0}>
            Send
          </button>
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    );
  }
  return (
    <div class="acts">
      {held.length > 0 && (
        <button type="button" class="btn go" onClick={write}>
          {held.length === 1 ? `Tell the agent of ${held[0]!.streamNumber}` : 'Tell both agents'}
        </button>
      )}
      <CopyOrder text={order} />
      {held.length === 0 && <span class="t2 dim">Nobody holds {unclaimed.join(' or ')}.</span>}
    </div>
  );
}

function Holders({ streams }: { streams: readonly Stream[] }) {
  const { agents } = state.value;
  return (
    <>
      {streams.map(({ id, claim }) => (
        <Who key={id} name={claim!.agent} state={agents.find(({ name }) => name === claim!.agent)?.state ?? 'gone'} />
      ))}
    </>
  );
}

function CopyOrder({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => (notice.value = { text: 'This browser does not let the page copy.', tone: 'risk' }),
    );
  return (
    <button type="button" class="btn" onClick={() => void copy()}>
      {copied ? 'Copied' : 'Copy order'}
    </button>
  );
}

function Files({
  files,
  upper,
  lower,
  comparison,
}: {
  files: readonly SharedFile[];
  upper: string;
  lower: string;
  comparison: Comparison | null;
}) {
  const { streams } = state.value;
  const [most, setMost] = useState(firstFiles);
  return (
    <>
      <h3 class="sec">
        Shared files
        {comparison && (
          <span class="x">
            <span class="sw" /> {numberOf(upper, streams)} above, <span class="sw below" /> {numberOf(lower, streams)} below
          </span>
        )}
      </h3>
      <ul class="hunks">
        {files.slice(0, most).map((file) => (
          <FileRow key={file.path} file={file} isSwapped={comparison !== null && comparison.a !== upper} />
        ))}
      </ul>
      {files.length > most && (
        <button type="button" class="btn more" onClick={() => setMost(files.length)}>
          Show {count(files.length - most)} more
        </button>
      )}
    </>
  );
}

const outcomes = {
  conflict: { glyph: 'conflict', word: 'conflict', tone: 'risk' },
  possible: { glyph: 'uncommitted', word: 'possible', tone: 'mid' },
  unknown: { glyph: 'question', word: 'not known', tone: 'mid' },
  merges: { glyph: 'completed', word: 'merges', tone: 'dim' },
} satisfies Record<SharedFile['outcome'], { glyph: GlyphName; word: string; tone: string }>;

function FileRow({ file, isSwapped }: { file: SharedFile; isSwapped: boolean }) {
  const { streams } = state.value;
  const { glyph, word, tone } = outcomes[file.outcome];
  const compared = file.compared;
  const about = [
    compared?.lines && counted(compared.lines, 'line'),
    file.uncommittedIn.length > 0 &&
      `not committed in ${file.uncommittedIn.map((id) => numberOf(id, streams)).join(' and ')}`,
  ].filter(Boolean);
  return (
    <li class="hunk">
      <div>
        <Path path={file.path} />
        <small>{about.join(', ')}</small>
      </div>
      {compared?.lines ? (
        <Strip
          above={isSwapped ? compared.b : compared.a}
          below={isSwapped ? compared.a : compared.b}
          overlaps={compared.overlaps}
          lines={compared.lines}
        />
      ) : (
        <span />
      )}
      <div class={`out ${tone}`} title={file.message || undefined}>
        <span class="chip">
          <Glyph name={glyph} /> {word}
        </span>
        {file.where && <span class="where">{file.where}</span>}
      </div>
    </li>
  );
}

export function Path({ path }: { path: string }) {
  const name = path.lastIndexOf('/') + 1;
  return (
    <span class="path" title={path}>
      {name > 0 && <span class="folder">{path.slice(0, name)}</span>}
      <span>{path.slice(name)}</span>
    </span>
  );
}

/** An overlap's box stands off its hunks by this share of the file. */
const around = 0.008;
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

/** The file as a line, one stream's hunks above it, the other's below; an overlap is boxed. */
function Strip({
  above,
  below,
  overlaps,
  lines,
}: {
  above: readonly Hunk[];
  below: readonly Hunk[];
  overlaps: readonly { readonly start: number; readonly end: number }[];
  lines: number;
}) {
  const bars = (hunks: readonly Hunk[], y: number, side: string) =>
    hunks.map((hunk, index) => {
      const { from, width } = stretch(hunk.start, hunk.lines, lines);
      return <rect key={`${side}${index}`} class={side} x={percent(from)} width={percent(width)} y={y} height="8" />;
    });
  return (
    <svg class="strip" height="32" aria-hidden="true">
      <line x1="0" x2="100%" y1="16.5" y2="16.5" />
      {overlaps.map(({ start, end }, index) => {
        const { from, width } = stretch(start, end - start + 1, lines);
        const [left, right] = [Math.max(0, from - around), Math.min(1, from + width + around)];
        return <rect key={index} class="overlap" x={percent(left)} width={percent(right - left)} y="2" height="28" rx="1" />;
      })}
      {bars(above, 6, 'above')}
      {bars(below, 19, 'below')}
    </svg>
  );
}
