// The time machine's handle: the project's history as a strip, dragged by minutes, stepped by revisions, played.
import { computed, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { blockedShares, doneShares, histogram, ticks, windowOf } from '../derive/scrub.ts';
import { clock, exactTime, shortTime } from '../derive/format.ts';
import { indexAfterTime } from '../log.ts';
import { state } from '../live.ts';
import { at, history, isPast, lastShown, lookAt, step } from '../past.ts';
import { now } from '../ui.ts';
import { Glyph } from './glyphs.tsx';

const slots = 168;
const playMs = 20_000;
const frameMs = 100;

const firstTime = computed(() => history.value.times[0] ?? null);
const scrubWindow = computed(() => windowOf(firstTime.value === null ? [] : [firstTime.value], now.value));
const playing = signal(false);

export function Scrubber() {
  const window = scrubWindow.value;
  const span = window.to - window.from;
  const range = useRef<HTMLInputElement>(null);
  const change = lastShown.value;
  const shownAt = isPast.value && change ? Date.parse(change.timestamp) : window.to;
  const share = Math.max(0, Math.min(1, (shownAt - window.from) / span));

  const seek = (time: number) => {
    const { events } = state.peek().log;
    if (time >= window.to - 1) return lookAt(null);
    const event = events[indexAfterTime(events, time) - 1] ?? events[0];
    if (event) lookAt(event.revision);
  };
  usePlay(window.from, window.to, seek);

  return (
    <section class="tm" aria-label="Time machine">
      <div class="at">
        <StepButton by={-1} />
        <StepButton by={1} />
        <button
          type="button"
          class="btn bare sq wide"
          aria-label={playing.value ? 'Pause' : 'Play the history'}
          title={playing.value ? 'Pause' : 'Play'}
          onClick={() => {
            if (!playing.value && !isPast.value) seek(window.from);
            playing.value = !playing.value;
          }}
        >
          <Glyph name={playing.value ? 'paused' : 'play'} />
        </button>
        <span>
          <b>r{at.value ?? state.value.revision}</b>
          <small>
            {shortTime(shownAt, now.value)}
            {!isPast.value && <span class="l"> · live</span>}
          </small>
        </span>
      </div>
      <div class="trk">
        <Strip />
        <span class="fut" style={{ left: `${share * 100}%` }} />
        <input
          ref={range}
          type="range"
          min={0}
          max={Math.ceil(span / 60_000)}
          step={1}
          value={Math.round(((shownAt - window.from) / span) * Math.ceil(span / 60_000))}
          aria-label="Moment that is shown"
          aria-valuetext={isPast.value ? exactTime(shownAt) : `now, ${clock(shownAt)}`}
          onInput={(event) => {
            playing.value = false;
            const { value, max } = event.currentTarget;
            seek(value === max ? window.to : window.from + Number(value) * 60_000);
          }}
        />
        <span class="head" style={{ left: `${share * 100}%` }} />
      </div>
      <button type="button" class="btn go-live" disabled={!isPast.value} onClick={() => lookAt(null)}>
        <span class={isPast.value ? 'dim' : 'live'}>
          <Glyph name="live" />
        </span>
        Live
      </button>
    </section>
  );
}

function StepButton({ by }: { by: -1 | 1 }) {
  return (
    <button
      type="button"
      class="btn bare sq wide"
      aria-label={by < 0 ? 'One revision back' : 'One revision on'}
      title={by < 0 ? 'One revision back  [' : 'One revision on  ]'}
      disabled={by > 0 && !isPast.value}
      onClick={() => step(by)}
    >
      <Glyph name={by < 0 ? 'left' : 'right'} small={false} />
    </button>
  );
}

/** Runs through the window in the same time, however long it is. */
function usePlay(from: number, to: number, seek: (time: number) => void): void {
  useEffect(() => {
    if (!playing.value) return;
    const perFrame = (to - from) / (playMs / frameMs);
    let time = lastShown.peek() ? Date.parse(lastShown.peek()!.timestamp) : from;
    const timer = setInterval(() => {
      time += perFrame;
      if (time >= to) playing.value = false;
      seek(time);
    }, frameMs);
    return () => clearInterval(timer);
  }, [playing.value]);
  useEffect(() => () => void (playing.value = false), []);
}

/** The strip follows the log once a second: it looks at every stream. */
const stripEveryMs = 1_000;
const seen = signal(history.peek());

function useSeenHistory(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = history.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        seen.value = history.peek();
      }, stripEveryMs);
    });
    seen.value = history.peek();
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
}

const barsOf = computed(() => {
  const counts = histogram(seen.value.times, scrubWindow.value, slots);
  const most = Math.max(1, ...counts);
  // The square root: a burst of thousands must not flatten an ordinary hour.
  return counts.map((number) => (number === 0 ? 0 : 2 + 22 * Math.sqrt(number / most)));
});

const blockedOf = computed(() => blockedShares(seen.value, scrubWindow.value));
const doneOf = computed(() => doneShares(seen.value, scrubWindow.value));

function Strip() {
  useSeenHistory();
  const window = scrubWindow.value;
  const bars = barsOf.value;
  const width = 100 / slots;
  return (
    <svg aria-hidden="true">
      {ticks(window, 8).map(({ share, word }) => (
        <g key={word + share}>
          <line x1={`${share * 100}%`} x2={`${share * 100}%`} y1="0" y2="44" stroke="var(--line)" />
          {share < 0.97 && (
            <text x={`${share * 100}%`} dx="4" y="12">
              {word}
            </text>
          )}
        </g>
      ))}
      {bars.map(
        (height, index) =>
          height > 0 && (
            <rect
              key={index}
              x={`${index * width}%`}
              width={`${width * 0.72}%`}
              y={42 - height}
              height={height}
              fill="var(--mute)"
            />
          ),
      )}
      <line x1="0" x2="100%" y1="42.5" y2="42.5" stroke="var(--line-2)" />
      {blockedOf.value.map(({ from, to }) => (
        <rect
          key={from}
          x={`${from * 100}%`}
          width={`${Math.max(0.2, (to - from) * 100)}%`}
          y="44"
          height="4"
          fill="var(--stuck-mark)"
        />
      ))}
      {doneOf.value.map((share) => (
        <circle key={share} cx={`${share * 100}%`} cy="46" r="2.5" fill="var(--done-mark)" />
      ))}
    </svg>
  );
}
