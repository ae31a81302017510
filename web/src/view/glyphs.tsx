// The page's signs, 16 px boxes, each with its own silhouette, so that they can be told apart in grey.
import type { ComponentChildren } from 'preact';
import { priorities, type Priority, type Status } from '../model.ts';

const line = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': 1.4,
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
} as const;

const drawings = {
  initializing: (
    <circle cx="8" cy="8" r="5.5" {...line} stroke-width={1.5} stroke-linecap="butt" stroke-dasharray="2.3 2.02" />
  ),
  active: (
    <>
      <circle cx="8" cy="8" r="5.5" {...line} stroke-width={1.5} />
      <circle cx="8" cy="8" r="2.5" fill="currentColor" />
    </>
  ),
  blocked: (
    <>
      <path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2z" fill="currentColor" />
      <path d="M4.6 8h6.8" stroke="var(--cut)" stroke-width="1.75" />
    </>
  ),
  paused: (
    <>
      <rect x="4" y="3" width="2.75" height="10" rx=".75" fill="currentColor" />
      <rect x="9.25" y="3" width="2.75" height="10" rx=".75" fill="currentColor" />
    </>
  ),
  completed: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="currentColor" />
      <path d="m5.2 8.2 2 2 3.7-4.1" {...line} stroke="var(--cut)" stroke-width={1.5} />
    </>
  ),
  archived: <path d="M2.25 3.25h11.5v3H2.25zM3.25 6.25v6.5h9.5v-6.5M6.5 8.75h3" {...line} />,
  table: <path d="M2.25 3.25h11.5v9.5H2.25zM2.25 6.5h11.5M2.25 9.6h11.5" {...line} stroke-width={1.3} />,
  commit: (
    <>
      <circle cx="8" cy="8" r="2.75" {...line} />
      <path d="M1 8h4.2M10.8 8H15" {...line} stroke-linecap="butt" />
    </>
  ),
  conflict: (
    <>
      <path d="M3 13c0-6 10-4 10-10M13 13C13 7 3 9 3 3" {...line} stroke-width={1.5} />
      <circle cx="8" cy="8" r="2" fill="currentColor" />
    </>
  ),
  uncommitted: <path d="m3 13 .75-3.25 6.75-6.75 2.5 2.5-6.75 6.75zM9 4.5l2.5 2.5" {...line} />,
  lapsed: (
    <>
      <path
        d="M3.75 2.25h8.5M3.75 13.75h8.5M4.75 2.5c0 3 3.25 3.75 3.25 5.5s-3.25 2.5-3.25 5.5M11.25 2.5c0 3-3.25 3.75-3.25 5.5s3.25 2.5 3.25 5.5"
        {...line}
      />
      <path d="M6 12.9h4L8 10.5z" fill="currentColor" />
    </>
  ),
  todo: <circle cx="8" cy="8" r="5.5" {...line} stroke="var(--mute)" stroke-width={1.25} />,
  question: (
    <>
      <path d="M5.25 5.5c0-1.6 1.2-2.75 2.75-2.75s2.75 1.1 2.75 2.5c0 2-2.75 2.2-2.75 4.25" {...line} stroke-width={1.6} />
      <circle cx="8" cy="12.75" r="1.1" fill="currentColor" />
    </>
  ),
  note: <path d="M3 2.75h10v7.5l-3 3H3zM10 13.25v-3h3M5.5 5.75h5M5.5 8.25h3" {...line} stroke-width={1.3} />,
  board: <path d="M2.5 2.75h3v10.5h-3zM6.75 2.75h3v7h-3zM11 2.75h2.75v4.5H11z" {...line} stroke-width={1.3} />,
  timeline: <path d="M2 4h6M5 8h8M3.5 12h5" {...line} stroke-width={2} />,
  graph: (
    <>
      <path d="M5.5 4h2.25c1.5 0 .75 4 2.25 4h.75M5.5 12h2.25c1.5 0 .75-4 2.25-4" {...line} stroke-width={1.3} />
      <path d="M2 2.75h3.5v2.5H2zM2 10.75h3.5v2.5H2zM10.5 6.75H14v2.5h-3.5z" {...line} stroke-width={1.3} />
    </>
  ),
  conflicts: <path d="M3.5 13c0-6 9-4 9-10M12.5 13c0-6-9-4-9-10" {...line} />,
  agents: (
    <>
      <circle cx="6" cy="5.5" r="2.5" {...line} stroke-width={1.3} />
      <path
        d="M1.75 13c0-2.5 1.9-4 4.25-4s4.25 1.5 4.25 4M10.5 3.3a2.3 2.3 0 0 1 0 4.4M11.8 9.5c1.5.5 2.45 1.8 2.45 3.5"
        {...line}
        stroke-width={1.3}
      />
    </>
  ),
  activity: <path d="M1.5 8.5h3l2-5 3 9.5 2-4.500h3" {...line} stroke-width={1.3} />,
  charts: <path d="M2.25 2.5v11h11.5M4.5 11l3-4 2.5 2 3.5-5" {...line} stroke-width={1.3} />,
  projects: <path d="M2.25 4.25h4l1.5 1.5h6v6.5H2.25zM4.5 2.5h3" {...line} stroke-width={1.3} />,
  updown: <path d="m5 6.5 3-3 3 3M5 9.5l3 3 3-3" {...line} stroke-width={1.3} />,
  up: <path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" {...line} />,
  down: <path d="M8 3.5v9M4.5 9 8 12.5 11.5 9" {...line} />,
  right: <path d="m6 3.5 4.5 4.500L6 12.5" {...line} />,
  left: <path d="M10 3.5 5.5 8l4.5 4.5" {...line} />,
  play: <path d="M5 3.25v9.500L12.5 8z" {...line} />,
  live: <circle cx="8" cy="8" r="4" fill="currentColor" />,
  quiet: (
    <>
      <circle cx="8" cy="8" r="3.5" {...line} stroke-width={1.5} />
      <path d="M8 4.5a3.5 3.5 0 0 1 0 7z" fill="currentColor" />
    </>
  ),
  gone: (
    <>
      <circle cx="8" cy="8" r="3.75" {...line} stroke-width={1.5} />
      <path d="m3.5 12.5 9-9" {...line} stroke-width={1.5} />
    </>
  ),
  find: (
    <>
      <circle cx="7" cy="7" r="4.25" {...line} />
      <path d="m10.25 10.25 3.5 3.5" {...line} />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" {...line} stroke-width={1.3} />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
    </>
  ),
  clear: <path d="m4.5 4.5 7 7M11.5 4.5l-7 7" {...line} />,
  copy: <path d="M5.75 5.75h7.5v7.5h-7.5zM10.25 5.5V2.75h-7.5v7.5H5.5" {...line} stroke-width={1.3} />,
  check: <path d="m3.5 8.5 3 3 6-6.75" {...line} stroke-width={1.5} />,
} satisfies Record<Status | string, ComponentChildren>;

export type GlyphName = keyof typeof drawings;

export function Glyph({ name, small = true }: { name: GlyphName; small?: boolean }) {
  return (
    <svg class={small ? 'i12' : 'i'} viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}

/** One to four of four rising bars. */
export function PriorityGlyph({ priority }: { priority: Priority }) {
  const lit = priorities.length - priorities.indexOf(priority);
  return (
    <svg class="i12" viewBox="0 0 16 16" aria-hidden="true">
      {[0, 1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={1 + 3.75 * bar}
          y={11 - 3 * bar}
          width="2.5"
          height={4 + 3 * bar}
          rx=".5"
          fill="currentColor"
          opacity={bar < lit ? 1 : 0.32}
        />
      ))}
    </svg>
  );
}
