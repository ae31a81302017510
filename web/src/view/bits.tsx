// Small parts that more than one view shows.
import { useEffect, useRef, useState } from 'preact/hooks';
import { age, exactTime, milliseconds } from '../derive/format.ts';
import { state } from '../live.ts';
import { phaseBar } from '../derive/streams.ts';
import type { AgentState, Status, Stream } from '../model.ts';
import { flipTheme } from '../theme.ts';
import { now } from '../ui.ts';
import { Glyph, type GlyphName } from './glyphs.tsx';

interface AgeProps {
  readonly since: string | number;
  readonly units?: 1 | 2;
  readonly ago?: boolean;
  /** The moment that is looked at, when it is not now. */
  readonly at?: number | undefined;
}

/** Ticks by itself; says the exact time on hover. */
export function Age({ since, units = 1, ago = false, at }: AgeProps) {
  const text = age(since, at ?? now.value, units);
  const time = milliseconds(since);
  return (
    <time dateTime={Number.isNaN(time) ? undefined : new Date(time).toISOString()} title={exactTime(since)}>
      {ago ? (text === 'now' ? 'just now' : `${text} ago`) : text}
    </time>
  );
}

export function StatusChip({ status }: { status: Status }) {
  return (
    <span class={`chip st-${status}`}>
      <Glyph name={status} />
      {status}
    </span>
  );
}

/** Names an agent as client@worktree; the client steps back. */
export function Who({ name, state }: { name: string; state?: AgentState | undefined }) {
  const at = name.indexOf('@');
  return (
    <span class="who" title={state ? `${name} · ${state}` : name}>
      {state && (
        <span class={`ag-${state}`}>
          <Glyph name={state} />
        </span>
      )}
      {at > 0 && <span class="cl">{name.slice(0, at)}</span>}
      <b>{at > 0 ? name.slice(at) : name}</b>
    </span>
  );
}

/** One segment per phase; the fill is the progress. `lapsed`: nobody works on it any more. */
export function PhaseBar({ stream, lapsed = false }: { stream: Stream; lapsed?: boolean }) {
  const { done, total, fills } = phaseBar(stream);
  const label = `${total === 0 ? '' : `${done} of ${total} phases, `}${stream.progress} %`;
  return (
    <span class="bar" data-status={stream.status} data-lapsed={lapsed ? '' : undefined} role="img" aria-label={label}>
      {fills.map((fill, index) => (
        <i key={index} style={{ '--w': `${Math.round(fill * 100)}%` }} />
      ))}
    </span>
  );
}

const links = {
  starting: { glyph: 'quiet', word: 'Connecting', tone: 'dim' },
  live: { glyph: 'live', word: 'Live', tone: 'live' },
  reconnecting: { glyph: 'quiet', word: 'Reconnecting', tone: 'risk' },
  stopped: { glyph: 'gone', word: 'Stopped', tone: 'risk' },
  refused: { glyph: 'gone', word: 'Refused', tone: 'risk' },
  foreign: { glyph: 'gone', word: 'Elsewhere', tone: 'risk' },
} satisfies Record<string, { glyph: GlyphName; word: string; tone: string }>;

export function LinkMark() {
  const { link, revision } = state.value;
  const { glyph, word, tone } = links[link];
  return (
    <span class="link" data-link={link}>
      <span class={tone}>
        <Glyph name={glyph} />
      </span>
      <span class={tone === 'risk' ? 'b5 risk' : 'b5'}>{word}</span>
      {link !== 'starting' && <span class="num">r{revision}</span>}
    </span>
  );
}

export function ThemeButton() {
  return (
    <button
      type="button"
      class="btn bare sq"
      aria-label="Switch between light and dark"
      title="Light or dark  d"
      onClick={flipTheme}
    >
      <Glyph name="theme" small={false} />
    </button>
  );
}

/** A command to run in a terminal, and a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <span class="command">
      <code>{text}</code>
      <CopyButton text={text} />
    </span>
  );
}

/** Copies the text that stands right before it. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without the clipboard, one key press is left.
      const shown = button.current?.previousElementSibling;
      if (shown) getSelection()?.selectAllChildren(shown);
    }
  };
  return (
    <button
      ref={button}
      type="button"
      class="btn bare sq"
      aria-label={copied ? 'Copied' : `Copy ${text}`}
      title="Copy"
      onClick={copy}
    >
      <Glyph name={copied ? 'check' : 'copy'} small={false} />
    </button>
  );
}
