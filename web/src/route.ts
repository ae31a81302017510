// Which view the address names, and the way to another: paths are views, so that every view can be linked to, and what
// a view is narrowed to stands in the query. No other module touches the history.
import { computed, signal } from '@preact/signals';

export const views = [
  'board',
  'table',
  'timeline',
  'graph',
  'conflicts',
  'agents',
  'activity',
  'charts',
  'projects',
  'stream',
] as const;
export type ViewName = (typeof views)[number];

export interface Route {
  readonly view: ViewName;
  /** Of the stream view; empty elsewhere. */
  readonly id: string;
  readonly query: ReadonlyMap<string, string>;
}

export function parseRoute(path: string, search: string): Route {
  const [name = '', rest = ''] = path.replace(/^\/+/, '').split('/', 2);
  const query = new Map(new URLSearchParams(search));
  const view = views.find((each) => each === name) ?? 'board';
  return { view, id: view === 'stream' ? decode(rest) : '', query };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a view. The revision that is looked at goes along: a link does not leave the past. */
export function href(view: ViewName, id = '', query: Readonly<Record<string, string | undefined>> = {}): string {
  // A path with a dot would name a file of the server.
  const path = view === 'board' ? '/' : `/${view}${id && `/${encodeURIComponent(id).replaceAll('.', '%2E')}`}`;
  const words = new URLSearchParams();
  const at = route.value.query.get('at');
  if (at !== undefined) words.set('at', at);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') words.delete(name);
    else words.set(name, value);
  }
  const text = words.toString();
  return text ? `${path}?${text}` : path;
}

const here = typeof location === 'undefined' ? { pathname: '/', search: '' } : location;

export const route = signal<Route>(parseRoute(here.pathname, here.search));
export const view = computed(() => route.value.view);

/** `replace` keeps one entry of the browser's history for what changes continually, such as a filter or a revision. */
export function go(address: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  const { pathname, search } = new URL(address, location.href);
  route.value = parseRoute(pathname, search);
}

/** Sets words of the present view's query; undefined takes one away. */
export function narrow(query: Readonly<Record<string, string | undefined>>): void {
  const { view: name, id, query: before } = route.peek();
  go(href(name, id, { ...Object.fromEntries(before), ...query }), 'replace');
}

/** Follows the browser's buttons, and links of our own without loading the page again. */
export function followLinks(): void {
  addEventListener('popstate', () => (route.value = parseRoute(location.pathname, location.search)));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
