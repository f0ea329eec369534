// Every kind of page, by a name for its picture.

import { get } from "./registry.mjs";

async function named(query) {
  const { items } = await get(`/v1/standards?owner=370214&${query}`);
  return items[0].id;
}

export async function pages() {
  const code = await named("number=GB/T%2050011-2010");
  const care = await named("number=GB%2038600-2019");
  const replaced = await named("number=MZ/T%20032-2012");
  const left = await named("withdrawn=only");
  const hostile = await named("external_id=X-1");
  const { items } = await get("/v1/redactions");
  const today = new Date().toISOString().slice(0, 10);
  return {
    front: "/",
    results: "/?subsystem=老有颐养&validity=in_force",
    search: "/?q=养老机构 评估",
    all: "/?sort=-published_on",
    "did-you-mean": "/?q=GB 38601-2019",
    "nothing-found": "/?subsystem=优军服务&level=enterprise",
    frameworks: "/frameworks",
    matrix: "/frameworks/qingdao",
    "matrix-by-origin": "/frameworks/qingdao?by=origin",
    "matrix-by-supply": "/frameworks/qingdao?by=supply&owner=370214",
    "matrix-of-three-axes": "/frameworks/yuexiu",
    owners: "/owners",
    standard: `/standards/${care}`,
    renumbered: `/standards/${code}`,
    replaced: `/standards/${replaced}`,
    withdrawn: `/standards/${left}`,
    erased: `/standards/${items[0].erased[0].entry}`,
    hostile: `/standards/${hostile}`,
    compare: `/standards/${code}/diff?from=1&to=3`,
    days: `/diff?to=${today}`,
    "days-added": `/diff?to=${today}&side=added`,
    changes: "/changes",
    review: "/coverage",
    gaps: "/coverage/gaps?owner=370214",
    "gaps-of-three-axes": "/coverage/gaps?framework=yuexiu",
    supply: "/coverage/supply",
    duplicates: "/coverage/duplicates",
    trials: "/coverage/trials?days=730",
    "compare-nothing-yet": "/coverage/compare",
    "compare-owners": "/coverage/compare?owner=370200&with=370214",
    drift: "/drift",
    "nothing-drifts": "/drift?owner=370213",
    dates: "/dates",
    "another-time": "/?as_of=100",
    "another-day": "/?valid_at=2015-01-01&sort=number",
    log: "/log",
    "not-found": "/standards/00000000-0000-7000-8000-000000000001",
    refused: "/?level=none",
    "not-found-as-data": "/v1/standards/00000000-0000-7000-8000-000000000001",
    "gone-as-data": `/v1/standards/${left}`,
  };
}
