// What each chart has around it, and the charts that are drawn by hand: dots, bars, small lines.
import type { ComponentChildren, RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { axisEnd, topOf, type Blocked, type Commits, type Group, type ProgressLine } from '../derive/charts.ts';
import { blockedWords, lengthWords } from '../derive/findings.ts';
import { count, counted, hour, minute } from '../derive/format.ts';
import type { StreamHistory } from '../derive/history.ts';
import type { Stream } from '../model.ts';
import { href } from '../route.ts';
import { useWidth } from './width.ts';

export interface FigureProps {
  readonly finding: string;
  readonly caption: ComponentChildren;
  /** The numbers that are drawn: the first row names the columns. */
  readonly numbers: () => readonly (readonly (string | number)[])[];
  readonly children: ComponentChildren;
}

export function Figure({ finding, caption, numbers, children }: FigureProps) {
  return (
    <figure class="ch">
      <figcaption>
        <h2>{finding}</h2>
        <p>{caption}</p>
      </figcaption>
      {children}
      <Numbers of={finding} rows={numbers} />
    </figure>
  );
}

const mostRows = 100;

function Numbers({ of, rows }: { of: string; rows: FigureProps['numbers'] }) {
  const [open, setOpen] = useState(false);
  const [head, ...all] = open ? rows() : [];
  return (
    <details class="ch-numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Numbers</summary>
      {head && (
        <div class="ch-table" tabIndex={0} role="region" aria-label={`Numbers: ${of}`}>
          <table>
            <thead>
              <tr>
                {head.map((word) => (
                  <th key={word} scope="col">
                    {word}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {all.slice(0, mostRows).map((row, index) => (
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={column}>{typeof cell === 'number' ? count(cell) : cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {all.length > mostRows && <p>and {count(all.length - mostRows)} more</p>}
        </div>
      )}
    </details>
  );
}

/** A name of two words at most fits; the rest is on hover. */
const nameWidth = 96;
const medianWidth = 72;
const rowHeight = 32;
const above = 12;
const dotEvery = 3;

/** A line for each category, a dot for each phase, a stroke at the median. */
export function Dots({ groups, label, unit }: { groups: readonly Group[]; label: string; unit: string }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const room = Math.max(1, width - nameWidth - medianWidth);
  const end = axisEnd(groups.flatMap(({ cycles }) => cycles.map(({ ms }) => ms)));
  const { step, marks } = lengthTicks(end, room / 56);
  const last = Math.max(marks.at(-1) ?? 0, minute);
  const x = (ms: number) => nameWidth + (Math.min(ms, last) / last) * room;
  const height = above + groups.length * rowHeight + 8;
  return (
    <Drawing box={box} label={label} height={height + 28}>
      <text x={nameWidth + room + 12} y="8">
        median
      </text>
      {groups.map(({ category, cycles, median }, row) => {
        const y = row * rowHeight + above + 16;
        return (
          <g key={category}>
            <Name text={category} y={y} />
            <line x1={nameWidth} x2={nameWidth + room} y1={y + 0.5} y2={y + 0.5} stroke="var(--line)" />
            {dotsOf(cycles, x, last).map(({ at, title, beyond }) =>
              beyond ? (
                <path key="beyond" class="dot" d={`M${nameWidth + room - 3} ${y - 4}l6 4-6 4z`}>
                  <title>{title}</title>
                </path>
              ) : (
                <circle key={at} class="dot" cx={at} cy={y} r="4">
                  <title>{title}</title>
                </circle>
              ),
            )}
            <line x1={x(median)} x2={x(median)} y1={y - 10} y2={y + 10} stroke="var(--ink)" stroke-width="2" />
            <text class="e" x={nameWidth + room + 12} y={y + 4}>
              {lengthWords(median)}
              <title>{`median of ${counted(cycles.length, unit)}`}</title>
            </text>
          </g>
        );
      })}
      <line x1={nameWidth} x2={nameWidth + room} y1={height + 0.5} y2={height + 0.5} stroke="var(--line-2)" />
      {marks.map((ms) => (
        <g key={ms}>
          <line x1={x(ms)} x2={x(ms)} y1={height} y2={height + 4} stroke="var(--line-2)" />
          <text x={x(ms)} y={height + 18} text-anchor="middle">
            {ms === 0 ? '0' : tickLength(ms, step)}
          </text>
        </g>
      ))}
    </Drawing>
  );
}

function dotsOf(cycles: Group['cycles'], x: (ms: number) => number, last: number) {
  const bins = new Map<number, Group['cycles'][number][]>();
  for (const cycle of cycles) {
    const at = cycle.ms > last ? Infinity : Math.round(x(cycle.ms) / dotEvery) * dotEvery;
    const list = bins.get(at);
    if (list) list.push(cycle);
    else bins.set(at, [cycle]);
  }
  return [...bins].map(([at, list]) => {
    const names = list.slice(0, 4).map(({ name, ms }) => `${name}: ${lengthWords(ms)}`);
    if (list.length > names.length) names.push(`and ${list.length - names.length} more`);
    return { at, title: names.join('\n'), beyond: at === Infinity };
  });
}

const lengthSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 7_200, 14_400, 43_200, 144_000, 525_600,
];

/** Round lengths from 0 up to the first that is not below `end`. */
function lengthTicks(end: number, most: number): { step: number; marks: number[] } {
  const step = (lengthSteps.find((minutes) => end / (minutes * minute) <= Math.max(2, most)) ?? 525_600) * minute;
  const marks = [0];
  while (marks.at(-1)! < end || marks.length < 2) marks.push(marks.at(-1)! + step);
  return { step, marks };
}

function tickLength(ms: number, step: number): string {
  if (step < hour) return `${Math.round(ms / minute)} m`;
  return step < 24 * hour ? `${Math.round(ms / hour)} h` : `${Math.round(ms / (24 * hour))} d`;
}

function Name({ text, y }: { text: string; y: number }) {
  const short = text.length > 14 ? `${text.slice(0, 13)}…` : text;
  return (
    <text x="0" y={y + 4}>
      {short}
      {short !== text && <title>{text}</title>}
    </text>
  );
}

interface DrawingProps {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly label: string;
  readonly height: number;
  readonly children: ComponentChildren;
}

function Drawing({ box, label, height, children }: DrawingProps) {
  return (
    <div ref={box}>
      <svg class="drawing" role="img" aria-label={label} height={height}>
        {children}
      </svg>
    </div>
  );
}

const mostBars = 7;

/** Blocked time of each stream: hatched where it still is, with what it waits for. */
export function BlockedBars({ rows, causeOf }: { rows: readonly Blocked[]; causeOf: (row: Blocked) => string }) {
  const { top, others } = topOf(rows, mostBars, ({ ms }) => ms);
  const most = Math.max(...top.map(({ ms }) => ms));
  return (
    <ul class="ch-bars">
      {top.map((row) => (
        <li key={row.stream.id}>
          <a
            class="ch-bar"
            href={href('stream', row.stream.id)}
            data-item
            data-strong={row.still ? '' : undefined}
            title={row.stream.title}
          >
            <span class="num">{row.stream.streamNumber}</span>
            <BarTrack share={row.ms / most} hatched={row.still}>
              <b>{blockedWords(row.ms)}</b> <span class="cut">{causeOf(row)}</span>
            </BarTrack>
          </a>
        </li>
      ))}
      {others && (
        <li class="ch-bar">
          <span class="num">+{count(others.count)}</span>
          <BarTrack>
            <b>{blockedWords(others.sum)}</b> <span class="cut">{counted(others.count, 'other stream')}</span>
          </BarTrack>
        </li>
      )}
    </ul>
  );
}

export function AgentBars({ agents }: { agents: Commits['agents'] }) {
  const { top, others } = topOf(agents, mostBars + 1, ({ commits }) => commits);
  const most = Math.max(...top.map(({ commits }) => commits));
  return (
    <ul class="ch-bars named">
      {top.map(({ agent, commits }) => (
        <li key={agent} class="ch-bar">
          <AgentName name={agent} />
          <BarTrack share={commits / most} hatched={false}>
            <b>{count(commits)}</b>
          </BarTrack>
        </li>
      ))}
      {others && (
        <li class="ch-bar">
          <span>{counted(others.count, 'other')}</span>
          <BarTrack>
            <b>{count(others.sum)}</b>
          </BarTrack>
        </li>
      )}
    </ul>
  );
}

function AgentName({ name }: { name: string }) {
  const at = name.indexOf('@');
  return (
    <span class="who" title={name}>
      {at > 0 && <span class="cl">{name.slice(0, at)}</span>}
      <b>{at > 0 ? name.slice(at) : name}</b>
    </span>
  );
}

interface TrackProps {
  /** Of the longest bar; what stands for many has none, it would dwarf the others. */
  readonly share?: number;
  readonly hatched?: boolean;
  readonly children: ComponentChildren;
}

function BarTrack({ share, hatched = false, children }: TrackProps) {
  return (
    <span class="tr">
      {share !== undefined && (
        <svg style={{ width: `max(2px, ${share} * var(--most))` }} height="16" aria-hidden="true">
          <rect class={hatched ? 'p-blocked' : 'p-plain'} x="0.5" y="0.5" width="calc(100% - 1px)" height="15" rx="2" />
        </svg>
      )}
      {children}
    </span>
  );
}

const tones: Readonly<Record<Stream['status'], string>> = {
  active: '--live-mark',
  blocked: '--stuck-mark',
  completed: '--done-mark',
  paused: '--mute',
  initializing: '--mute',
  archived: '--mute',
};

const lineWidth = 136;
const lineHeight = 48;

/** How one stream's progress grew; the whole is a link to it. */
export function SmallLine({ stream, line }: { stream: StreamHistory['stream']; line: ProgressLine }) {
  const x = (share: number) => round(share * lineWidth);
  const y = (percent: number) => round(4 + (1 - percent / 100) * lineHeight);
  const last = line.points.at(-1);
  const color = `var(${tones[stream.status]})`;
  return (
    <a class="sm-one" href={href('stream', stream.id)} data-item title={stream.title}>
      <span class="sm-name">
        <span class="num">{stream.streamNumber}</span>
        <span class="cut">{stream.title}</span>
      </span>
      <svg
        viewBox={`0 0 ${lineWidth + 28} ${lineHeight + 8}`}
        role="img"
        aria-label={`${stream.status}, ${stream.progress} %`}
      >
        <line x1="0" x2={lineWidth} y1={lineHeight + 4.5} y2={lineHeight + 4.5} stroke="var(--line)" />
        {line.blocked.map(({ from, to }) => (
          <rect
            key={from}
            x={x(from)}
            width={Math.max(2, x(to) - x(from))}
            y="4"
            height={lineHeight}
            fill="url(#hatch)"
          />
        ))}
        <path d={pathOf(line, x, y)} fill="none" stroke={color} stroke-width="1.75" stroke-linejoin="round" />
        {last && (
          <>
            <circle cx={x(last.x)} cy={y(last.y)} r="2.5" fill={color} />
            <text class="e" x={x(last.x) + 6} y={y(last.y) + 4}>
              {stream.progress}
            </text>
          </>
        )}
      </svg>
    </a>
  );
}

function pathOf({ points }: ProgressLine, x: (share: number) => number, y: (percent: number) => number): string {
  let path = '';
  let before = NaN;
  for (const [index, point] of points.entries()) {
    const at = x(point.x);
    if (at === before && index < points.length - 1) continue; // no pixel tells them apart
    path += `${path === '' ? 'M' : 'L'}${at} ${y(point.y)}`;
    before = at;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 2) / 2;
}
