// How many threads `--workers` may ask for. Apart, because the command line is read before anything else is loaded.
export const WORKERS_MOST = 64
