# The Worker in plain workerd, with what wrangler.jsonc says.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "state", disk = (writable = true)),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "object.mjs", esModule = embed "object.mjs"),
    (name = "crossing.mjs", esModule = embed "crossing.mjs"),
    (name = "gatehouse.yaml", text = embed "gatehouse.yaml"),
    (name = "build/wasm_exec.js", esModule = embed "build/wasm_exec.js"),
    (name = "build/gatehouse.wasm", wasm = embed "build/gatehouse.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["enable_request_signal", "request_signal_passthrough"],
  durableObjectNamespaces = [(className = "Gatehouse", uniqueKey = "gatehouse", enableSql = true)],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "GATEHOUSE", durableObjectNamespace = "Gatehouse"),
    (name = "DEV_LOGIN", fromEnvironment = "DEV_LOGIN"),
    (name = "LOGIN_SECRET", fromEnvironment = "LOGIN_SECRET"),
    (name = "GATEHOUSE_KEYS", fromEnvironment = "GATEHOUSE_KEYS"),
    (name = "SWEEP_AFTER", fromEnvironment = "SWEEP_AFTER"),
    (name = "GATEHOUSE_URLS", fromEnvironment = "GATEHOUSE_URLS"),
    (name = "SHARDS", fromEnvironment = "SHARDS"),
    (name = "GATEHOUSE_OPERATOR", fromEnvironment = "GATEHOUSE_OPERATOR"),
  ],
);
