import { Top } from './top.tsx';

export function Conflicts() {
  return <Top title="Conflicts" />;
}
