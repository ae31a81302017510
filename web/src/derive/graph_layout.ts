// Where the streams of the blocker graph stand: in layers from left to right, what must be done first on the left. Pure;
// the only user of dagre, and loaded with the view.
import { Graph, layout } from '@dagrejs/dagre';
import type { Stream } from '../model.ts';
import { neighbours, type BlockerGraph, type Link } from './graph.ts';
import { isOpen } from './needs.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  /** Of each link, in their order: an SVG path from the blocker's right edge to the left edge of the one that waits. */
  readonly paths: readonly string[];
  /** Column by column, each from top to bottom. */
  readonly order: readonly string[];
}

const width = 224;
const height = 76;
/** One that is done has no bar. */
const doneHeight = 52;
const margin = 16;

export function layOut({ nodes, links, chain }: BlockerGraph): Layout {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 12, edgesep: 8, ranksep: 56, marginx: margin, marginy: margin });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const stream of byComponent(nodes, links, chain[0])) {
    graph.setNode(stream.id, { width, height: heightOf(stream) });
  }
  for (const { from, to } of links) graph.setEdge(from, to, {});
  layout(graph);
  const boxes = new Map<string, Box>();
  for (const stream of nodes) {
    const { x, y } = graph.node(stream.id) as { x: number; y: number };
    const high = heightOf(stream);
    boxes.set(stream.id, { left: Math.round(x - width / 2), top: Math.round(y - high / 2), width, height: high });
  }
  const columns = new Set([...boxes.values()].map(({ left }) => left));
  const paths = links.map(({ from, to }) => {
    const { points } = graph.edge(from, to) as { points: { x: number; y: number }[] };
    const passed = points.slice(1, -1).flatMap(({ x, y }) => {
      const left = Math.round(x - width / 2);
      return columns.has(left) ? [{ left, y }] : []; // the others are bends between two layers, which the curve has anyway
    });
    return pathThrough(boxes.get(from)!, passed, boxes.get(to)!);
  });
  const size = graph.graph() as { width?: number; height?: number };
  const order = [...boxes].sort(([, a], [, b]) => a.left - b.left || a.top - b.top).map(([id]) => id);
  return { width: size.width ?? 0, height: size.height ?? 0, boxes, paths, order };
}

/** Dagre stacks in the order given: what hangs together with `first` comes on top, then the larger groups. */
function byComponent(nodes: readonly Stream[], links: readonly Link[], first: string | undefined): Stream[] {
  const { before, after } = neighbours(links);
  const groupOf = new Map<string, number>();
  const sizes: number[] = [];
  for (const { id } of nodes) {
    if (groupOf.has(id)) continue;
    const group = new Set([id]);
    for (const each of group) for (const next of [...before(each), ...after(each)]) group.add(next); // grows on the way
    for (const each of group) groupOf.set(each, sizes.length);
    sizes.push(group.size);
  }
  const chained = groupOf.get(first ?? '');
  if (chained !== undefined) sizes[chained] = Infinity;
  const group = ({ id }: Stream) => groupOf.get(id)!;
  return nodes.toSorted((a, b) => {
    const [one, other] = [group(a), group(b)];
    return one === other ? 0 : sizes[one] === sizes[other] ? one - other : sizes[other]! - sizes[one]!;
  });
}

function heightOf(stream: Stream): number {
  return isOpen(stream) ? height : doneHeight;
}

/** Leaves, passes layers and arrives level; between layers it swings from one height to the other. */
function pathThrough(from: Box, passed: readonly { readonly left: number; readonly y: number }[], to: Box): string {
  let [x, y] = [from.left + from.width, from.top + from.height / 2];
  let path = `M${x} ${y}`;
  const swing = (toX: number, toY: number) => {
    const middle = round((x + toX) / 2);
    path += `C${middle} ${round(y)} ${middle} ${round(toY)} ${toX} ${round(toY)}`;
    [x, y] = [toX, toY];
  };
  for (const { left, y: at } of passed) {
    if (left < x || left + width > to.left) continue;
    swing(left, at);
    x = left + width;
    path += `H${x}`;
  }
  swing(to.left, to.top + to.height / 2);
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Where an arrow key leads: left and right along a link, to the nearest in height; up and down within the layer. */
export function stepFrom(id: string, key: string, { links }: BlockerGraph, { boxes }: Layout): string | null {
  const box = boxes.get(id);
  if (!box) return null;
  const { before, after } = neighbours(links);
  const middle = (each: Box) => each.top + each.height / 2;
  const nearest = (ids: readonly string[]) =>
    ids.reduce<string | null>((best, each) => {
      const distance = (it: string) => Math.abs(middle(boxes.get(it)!) - middle(box));
      return best === null || distance(each) < distance(best) ? each : best;
    }, null);
  switch (key) {
    case 'ArrowRight':
      return nearest(after(id));
    case 'ArrowLeft':
      return nearest(before(id));
    case 'ArrowUp':
    case 'ArrowDown': {
      const isBeyond = ({ left, top }: Box) => left === box.left && (key === 'ArrowUp' ? top < box.top : top > box.top);
      return nearest([...boxes].filter(([, each]) => isBeyond(each)).map(([other]) => other));
    }
    default:
      return null;
  }
}
