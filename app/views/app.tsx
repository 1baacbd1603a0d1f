import { Chat } from "./chat";
import { EngineFault } from "./engine-fault";
import { Header } from "./header";
import { Opening } from "./opening";
import { useSessionState } from "./session-context";
import { StateAnnouncer } from "./state-announcer";

/** The whole page: the model is being opened, could not be opened, or there is a conversation. */
export function App() {
  const status = useSessionState(({ engine }) => engine.status);
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  return (
    <div className="page">
      <Header />
      {status === "ready" || hasTurns ? <Chat /> : <Start isFailed={status === "failed"} />}
      <StateAnnouncer />
    </div>
  );
}

function Start({ isFailed }: { isFailed: boolean }) {
  return (
    <main className="grid min-h-0 grow place-items-center overflow-y-auto px-5 py-8">
      <div className="w-full max-w-md space-y-6">
        <div className="space-y-3">
          <h1 className="title">Mathematics, worked out in your browser</h1>
          <p className="text-muted">
            Longhand thinks a problem through step by step and shows its working. What you write stays on this device.
          </p>
        </div>
        {isFailed ? <EngineFault /> : <Opening />}
      </div>
    </main>
  );
}
