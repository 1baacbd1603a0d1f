import type { Connect, Plugin } from "vite";

/**
 * What the page may do, as its browser enforces it: its own scripts, styles, fonts and workers, connections to its own
 * origin, and no script or HTML made from text. app/README.md, "Nothing is sent", says why each is as it is.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  // "default" is public/trusted-addresses.js, which lets scripts of this origin be loaded and nothing else.
  "trusted-types default",
].join("; ");

/**
 * A worker has the policy of its own response. Models come from where the person chooses, and from wherever that server
 * sends the request on to: a host cannot be named beforehand. On this computer a server may do without https.
 */
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
].join("; ");

/** It keeps the page's own files, and fetches nothing else. */
const SERVICE_WORKER_POLICY = ["default-src 'none'", "script-src 'self'", "connect-src 'self'"].join("; ");

const WORKER_SCRIPT = /\/assets\/([a-z]+-)?worker-[^/]+[.]js$/;

/** What else a server does well to send. */
const HEADERS = { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" };

/**
 * Writes the policy into the built pages, where any server of files brings it along. `vite preview` also sends it as a
 * header, and the workers', as a server should that can.
 */
export function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    transformIndexHtml: {
      order: "pre",
      handler: (_, { server }) =>
        // In development modules are replaced by inline scripts.
        server
          ? []
          : [
              {
                tag: "meta",
                attrs: { "http-equiv": "Content-Security-Policy", content: PAGE_POLICY },
                injectTo: "head-prepend",
              },
            ],
    },
    configurePreviewServer: ({ middlewares }) => void middlewares.use(sendPolicy),
  };
}

const sendPolicy: Connect.NextHandleFunction = ({ url = "" }, response, next) => {
  response.setHeader("Content-Security-Policy", policyFor(url));
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  next();
};

function policyFor(url: string): string {
  if (WORKER_SCRIPT.test(url)) return WORKER_POLICY;
  if (url.startsWith("/sw.js")) return SERVICE_WORKER_POLICY;
  // That nobody may frame the page, only a header can say.
  return `${PAGE_POLICY}; frame-ancestors 'none'`;
}
