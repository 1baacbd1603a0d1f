import { useSession, useSessionState } from "./session-context";

const EXAMPLES = [
  { kind: "Multiplication", prompt: "What is 347 * 58?" },
  { kind: "Equation", prompt: "Solve 3x + 7 = 22 for x." },
  { kind: "Common divisor", prompt: "What is the greatest common divisor of 84 and 36?" },
  { kind: "Prime number", prompt: "Is 701 prime?" },
  { kind: "Quadratic", prompt: "Solve x^2 - x - 56 = 0." },
  { kind: "Fractions", prompt: "Compute 6/9 + 16/14 as a simplified fraction." },
] as const;

/** Before the first problem: what this model is, and problems to try. */
export function Welcome() {
  const session = useSession();
  const description = useSessionState(({ engine }) => (engine.status === "ready" ? engine.model.description : ""));
  return (
    <div className="grid grow place-items-center overflow-y-auto px-5 py-8">
      <div className="w-full max-w-2xl space-y-8">
        <div className="space-y-3">
          <h1 className="title">What shall we work out?</h1>
          <p className="max-w-prose text-muted">{description}</p>
        </div>
        <ul className="grid gap-3 sm:grid-cols-2" aria-label="Example problems">
          {EXAMPLES.map(({ kind, prompt }) => (
            <li key={prompt}>
              <button type="button" className="example" onClick={() => session.ask(prompt)}>
                <span className="block text-xs text-muted">{kind}</span>
                <span className="block">{prompt}</span>
              </button>
            </li>
          ))}
        </ul>
        <p className="text-sm text-muted">It runs in this tab: what you write never leaves your device.</p>
      </div>
    </div>
  );
}
