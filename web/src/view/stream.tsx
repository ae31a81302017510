import { Top } from './top.tsx';

export function StreamPage() {
  return <Top title="Stream" />;
}
