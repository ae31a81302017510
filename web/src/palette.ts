// Whether the command palette is open; what it offers is the view's.
import { signal } from '@preact/signals';

export const paletteIsOpen = signal(false);

export function openPalette(): void {
  paletteIsOpen.value = true;
}
