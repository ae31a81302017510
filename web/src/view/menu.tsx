// A button that opens a list of choices over the page. The browser places it on top, closes it and gives the focus back.
import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { count } from '../derive/format.ts';
import '../style/menu.css';
import { Glyph } from './glyphs.tsx';

export interface Choice {
  readonly value: string;
  readonly word: ComponentChildren;
  readonly count?: number;
  readonly isChosen: boolean;
}

interface Props {
  /** On the button. */
  readonly word: ComponentChildren;
  /** Of the list, for those who do not see it. */
  readonly name: string;
  readonly picks: 'one' | 'many';
  /** Something is chosen that changes what is shown. */
  readonly isOn?: boolean;
  /** Asked for while the list is open. */
  readonly choices: () => readonly Choice[];
  readonly onPick: (value: string) => void;
  /** Takes all choices back; offered when something is chosen. */
  readonly clear?: { readonly word: string; readonly run: () => void } | undefined;
}

export function Menu({ word, name, picks, isOn = false, choices, onPick, clear }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);

  const place = (event: Event) => {
    const [at, element] = [button.current, list.current];
    if ((event as ToggleEvent).newState !== 'open' || !at || !element) return;
    setOpen(true);
    const { left, bottom } = at.getBoundingClientRect();
    element.style.top = `${bottom + 4}px`;
    element.style.left = `${Math.max(8, Math.min(left, innerWidth - 272))}px`;
    element.style.maxHeight = `${innerHeight - bottom - 16}px`;
  };
  const settle = (event: Event) => {
    // Only now: the browser gives the focus back from a choice that is still there.
    if ((event as ToggleEvent).newState === 'closed') return setOpen(false);
    const items = itemsOf(list.current);
    (items.find((item) => item.ariaChecked === 'true' && picks === 'one') ?? items[0])?.focus();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class={isOn ? 'btn on' : 'btn bare'}
        popovertarget={id}
        aria-haspopup="menu"
        aria-expanded={isOpen}
      >
        {word}
        <span class={isOn ? undefined : 'dim'}>
          <Glyph name="updown" />
        </span>
      </button>
      <div
        ref={list}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={name}
        onBeforeToggle={place}
        onToggle={settle}
        onKeyDown={(event) => walk(event, list.current)}
      >
        {isOpen &&
          choices().map(({ value, word: label, count: number, isChosen }) => (
            <button
              key={value}
              type="button"
              role={picks === 'one' ? 'menuitemradio' : 'menuitemcheckbox'}
              aria-checked={isChosen}
              tabIndex={-1}
              onClick={() => {
                onPick(value);
                if (picks === 'one') list.current?.hidePopover();
              }}
            >
              <span class="tick">{isChosen && <Glyph name="check" />}</span>
              <span class="grow cut">{label}</span>
              {number !== undefined && <span class="n">{count(number)}</span>}
            </button>
          ))}
        {isOpen && clear && (
          <button
            type="button"
            role="menuitem"
            class="clear"
            tabIndex={-1}
            onClick={() => {
              clear.run();
              list.current?.hidePopover();
            }}
          >
            <span class="tick" />
            {clear.word}
          </button>
        )}
      </div>
    </>
  );
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('button') ?? [])];
}

/** An open list has the keys to itself; a letter goes to the next choice that begins with it. */
function walk(event: KeyboardEvent, list: HTMLElement | null): void {
  event.stopPropagation();
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const items = itemsOf(list);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const { key } = event;
  let next: HTMLElement | undefined;
  if (key === 'ArrowDown') next = items[(at + 1) % items.length];
  else if (key === 'ArrowUp') next = items.at(at <= 0 ? -1 : at - 1);
  else if (key === 'Home') next = items[0];
  else if (key === 'End') next = items.at(-1);
  else if (key === 'Tab') list?.hidePopover();
  else if (key.length === 1 && key !== ' ') {
    const rest = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    next = rest.find((item) => item.textContent!.trim().toLowerCase().startsWith(key.toLowerCase()));
  } else return;
  if (key !== 'Tab') event.preventDefault();
  next?.focus();
}
