import { Top } from './top.tsx';

export function Table() {
  return <Top title="Table" />;
}
