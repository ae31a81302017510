// The app's side of MCP Apps (2026-01-26, SEP-1865): JSON-RPC with the host that shows it, by messages between frames.
// Knows nothing of streams.

export interface ToolResult {
  readonly structuredContent?: unknown;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly isError?: boolean;
}

export interface HostContext {
  readonly theme?: 'light' | 'dark';
  readonly availableDisplayModes?: readonly string[];
}

interface Message {
  readonly jsonrpc: '2.0';
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** The part of a window that is used. */
export interface Frame {
  post(message: unknown): void;
  listen(take: (message: unknown) => void): void;
}

export interface Listener {
  result(result: ToolResult): void;
  context(context: HostContext): void;
  /** The host is about to take the app away. */
  teardown(): void;
}

const protocolVersion = '2026-01-26';

export class Host {
  private readonly frame: Frame;
  private readonly listener: Listener;
  private readonly waiting = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
  private nextId = 1;

  constructor(frame: Frame, listener: Listener) {
    this.frame = frame;
    this.listener = listener;
    frame.listen((message) => this.receive(message));
  }

  async connect(name: string, version: string): Promise<void> {
    const answer = (await this.request('ui/initialize', {
      protocolVersion,
      appInfo: { name, version },
      appCapabilities: {},
    })) as { hostContext?: HostContext } | null;
    if (answer?.hostContext) this.listener.context(answer.hostContext);
    this.notify('ui/notifications/initialized', {});
  }

  callTool(name: string, args: object): Promise<ToolResult> {
    return this.request('tools/call', { name, arguments: args }) as Promise<ToolResult>;
  }

  /** Lets the host fit the frame to what is in it. */
  resized(width: number, height: number): void {
    this.notify('ui/notifications/size-changed', { width, height });
  }

  private request(method: string, params: object): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.frame.post({ jsonrpc: '2.0', id, method, params });
    });
  }

  private notify(method: string, params: object): void {
    this.frame.post({ jsonrpc: '2.0', method, params });
  }

  private receive(data: unknown): void {
    if (typeof data !== 'object' || data === null || (data as Message).jsonrpc !== '2.0') return;
    const message = data as Message;
    if (message.method !== undefined) return this.asked(message);
    const waiting = typeof message.id === 'number' ? this.waiting.get(message.id) : undefined;
    if (!waiting) return;
    this.waiting.delete(message.id as number);
    if (message.error) waiting.failed(new Error(message.error.message));
    else waiting.done(message.result);
  }

  private asked({ id, method, params }: Message): void {
    switch (method) {
      case 'ui/notifications/tool-result':
        return this.listener.result(params as ToolResult);
      case 'ui/notifications/host-context-changed':
        return this.listener.context(params as HostContext);
      case 'ui/resource-teardown':
        this.listener.teardown();
        return this.frame.post({ jsonrpc: '2.0', id, result: {} });
      case 'ping':
        return this.frame.post({ jsonrpc: '2.0', id, result: {} });
      default:
        if (id === undefined) return; // of a newer host: nothing that this app needs
        this.frame.post({ jsonrpc: '2.0', id, error: { code: -32601, message: `unknown method: ${method}` } });
    }
  }
}
