import { Top } from './top.tsx';

export function Activity() {
  return <Top title="Activity" />;
}
