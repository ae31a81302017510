import { Top } from './top.tsx';

export function Timeline() {
  return <Top title="Timeline" />;
}
