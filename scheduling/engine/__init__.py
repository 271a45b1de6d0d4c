"""The scheduling engine: pure rules that say where, when and with whom a visit fits.

No Django, no clock, no database. The caller reads rows, turns times into ticks (`ticks.floor_tick`, `ticks.ceil_tick`)
and hands in a `Board`; the engine answers with slots, words and places.

- `ticks`: five-minute ticks, wall clock to UTC, the one overlap test.
- `bits`: `Busy`, a big integer a resource.
- `hours`: `DayPattern` (a weekly list), `open_hours` (what lists come to on dates).
- `visit`: `Phases` (lengths), `Slot` (a free start), `Span` (what booking it takes up).
- `need`: `Need` (a dose's window and a patient's circumstances), `NoGo`, `after_days`.
- `board`: `Board` (what is known of some days).
- `free`: `free_starts` (all free starts), `check` (one start somebody picked, or why not).
- `ranking`: `rank` (best first, with reasons), `choose` (the few that differ usefully).
- `search`: `find` (proposals for a dose in widening windows, or why there are none).
- `refusals`: `Why` (what is missing, until when, and what would help).
- `replan`: many visits at once: a closure's stranded visits, or all unbooked doses of some weeks.
- `delay`: how a list goes on that runs late, and which visits no longer fit.
- `recovery`: `pick_recovery`, `repack` (the pool of recovery places).
"""
