// A chart drawn by uPlot in the page's colours. It knows axes and pixels; what it shows and says comes from its caller.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useWidth } from './width.ts';

/** Gives the present value of a colour of tokens.css, as a canvas can use it. */
export type Color = (token: string, opacity?: number) => string;

export interface PlotProps {
  readonly data: uPlot.AlignedData;
  readonly x: readonly [number, number];
  readonly most: number;
  readonly xTicks: readonly { readonly at: number; readonly word: string }[];
  /** Empty: no axis at the left. */
  readonly yTicks: readonly number[];
  readonly series: (color: Color) => uPlot.Series[];
  readonly label: string;
  /** Index of the value under the pointer. */
  readonly onPoint: (index: number | null) => void;
  /** What is written beside and over the drawing. */
  readonly children?: (place: Place) => ComponentChildren;
}

/** Pixels of values. */
export interface Place {
  readonly left: number;
  readonly right: number;
  x(value: number): number;
  y(value: number): number;
}

export const plotHeight = 208;
const above = 24;
const below = 32;
const forValues = 32;
/** Room for the words at the right. */
export const beside = 96;

export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | null>(null);
  const width = useWidth(box);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    if (width === 0) return;
    plot.current?.destroy();
    const color: Color = (token, opacity = 1) => {
      probe.current!.style.color = `color-mix(in srgb, var(${token}) ${opacity * 100}%, transparent)`;
      return getComputedStyle(probe.current!).color;
    };
    plot.current = new uPlot(optionsOf(latest, color, width), latest.current.data, box.current!);
    return followTheme(() => plot.current?.redraw(true, true));
  }, [width]);
  useLayoutEffect(() => () => plot.current?.destroy(), []);
  useLayoutEffect(() => plot.current?.setData(props.data), [props.data]);

  const { x, most, yTicks, children } = props;
  const left = yTicks.length > 0 ? forValues : 0;
  const right = width - beside;
  const place: Place = {
    left,
    right,
    x: (value) => left + ((value - x[0]) / (x[1] - x[0])) * (right - left),
    y: (value) => above + (1 - value / most) * (plotHeight - above - below),
  };
  return (
    <div class="plot" role="img" aria-label={props.label} ref={box}>
      <span ref={probe} hidden />
      {width > 0 && <div aria-hidden="true">{children?.(place)}</div>}
    </div>
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact' });

function optionsOf(latest: { readonly current: PlotProps }, color: Color, width: number): uPlot.Options {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const lines = (): Partial<uPlot.Axis> => ({
    font,
    stroke: () => color('--ink-3'),
    grid: { show: false },
    border: { show: true, width: 1, stroke: () => color('--line-2') },
  });
  const words = () => latest.current.xTicks.filter(({ at }) => at >= latest.current.x[0] && at <= latest.current.x[1]);
  return {
    width,
    height: plotHeight,
    ms: 1,
    padding: [above, beside, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [...latest.current.x] as [number, number] },
      y: { range: () => [0, latest.current.most] },
    },
    axes: [
      {
        ...lines(),
        size: below,
        gap: 4,
        align: 1,
        splits: () => words().map(({ at }) => at),
        values: () => words().map(({ word }) => word),
        ticks: { show: true, size: 4, width: 1, stroke: () => color('--line-2') },
      },
      {
        ...lines(),
        show: latest.current.yTicks.length > 0,
        size: forValues,
        gap: 4,
        splits: () => [...latest.current.yTicks],
        values: () => latest.current.yTicks.map((value) => compact.format(value)),
        ticks: { show: false },
      },
    ],
    series: [{}, ...latest.current.series(color)],
    hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? null)] },
  };
}

/** A canvas does not follow the style sheet by itself; bars keep their colours with their paths. */
function followTheme(redraw: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(redraw);
  system.addEventListener('change', redraw);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', redraw);
    chosen.disconnect();
  };
}

interface WordProps {
  readonly x: number;
  readonly y: number;
  readonly children: ComponentChildren;
  readonly strong?: boolean;
  readonly tone?: string;
  readonly middle?: boolean;
}

/** Something written over or beside a drawing, its middle at `y`. */
export function Word({ x, y, children, strong = false, tone = '', middle = false }: WordProps) {
  return (
    <span
      class={`ch-word ${strong ? 'strong' : ''} ${middle ? 'middle' : ''} ${tone}`}
      style={{ left: `${x}px`, top: `${y - 8}px` }}
    >
      {children}
    </span>
  );
}
