// Gives the registry a past that every page has something to show of; the sample catalogue is there already.

import { readFileSync } from "node:fs";

import { change, create, redact, withdraw } from "./registry.mjs";

const CITY = "370200";
const DISTRICT = "370214";
const place = (subsystem, dimension) => [{ framework: "qingdao", cell: { subsystem, dimension } }];

for (const name of ["yuexiu", "chengyang"]) {
  const content = JSON.parse(readFileSync(new URL(`../data/frameworks/${name}.json`, import.meta.url)));
  await create("frameworks", CITY, content);
}

// Renumbered without a change of year, its scope rewritten twice.
let code = await create("standards", DISTRICT, {
  number: "GB 50011-2010",
  title: "建筑抗震设计规范",
  title_en: "Code for seismic design of buildings",
  origin: "referenced",
  published_on: "2010-05-31",
  implemented_on: "2010-12-01",
  issued_by: ["住房和城乡建设部", "国家质量监督检验检疫总局"],
  lead_department: ["区住房城乡建设局"],
  scope: "适用于抗震设防烈度为 6 度至 9 度地区建筑工程的抗震设计。",
  keywords: ["抗震", "建筑"],
  placements: place("住有宜居", "opportunity"),
});
code = await change(code, { scope: "适用于抗震设防烈度为 6、7、8 和 9 度地区建筑工程的抗震设计及隔震、消能减震设计。" }, { reason: "按 2016 年局部修订补全适用范围", basis: "住房城乡建设部公告第 1199 号" });
code = await change(code, { number: "GB/T 50011-2010", title: "建筑抗震设计标准", mandate: null }, { reason: "由强制性转为推荐性，编号随之改变", basis: "住房城乡建设部公告 2024 年第 33 号" });

const old = await create("standards", DISTRICT, {
  number: "MZ/T 032-2012",
  title: "养老机构安全管理",
  origin: "referenced",
  published_on: "2012-03-23",
  implemented_on: "2012-04-01",
  placements: place("老有颐养", "process"),
});
await create("standards", DISTRICT, {
  number: "GB 38600-2019",
  title: "养老机构服务安全基本规范",
  title_en: "Basic specification of service safety for senior care organization",
  origin: "referenced",
  published_on: "2019-12-27",
  implemented_on: "2022-01-01",
  issued_by: ["国家市场监督管理总局", "国家标准化管理委员会"],
  lead_department: ["区民政局"],
  ics: ["03.080.30"],
  ccs: ["A12"],
  scope: "适用于养老机构的服务安全管理。",
  keywords: ["养老机构", "安全"],
  placements: place("老有颐养", "process"),
  relations: [
    { type: "replaces", target: { number: old.entry.content.number } },
    { type: "implements", target: { document: { title: "养老机构管理办法", doc_number: "民政部令第 66 号" } } },
  ],
});
await create("standards", DISTRICT, {
  external_id: "CY-YL-001",
  title: "城阳区养老机构入住评估服务规范",
  origin: "self_built",
  level: "local",
  supply: "planned",
  placements: [
    ...place("老有颐养", "outcome"),
    { framework: "yuexiu", cell: { category: "服务提供", field: "社会服务", level: "区级" } },
  ],
  relations: [{ type: "derives_from", target: { number: "GB 38600-2019" }, aspects: ["process", "time_limit"] }],
});

// What somebody wrote to break a page.
await create("standards", DISTRICT, {
  external_id: "X-1",
  title: `<script>alert("1")</script><img src=x onerror=alert(1)> 与 "引号" & 'quotes'`,
  origin: "self_built",
  level: "internal",
});

const left = await create("standards", DISTRICT, {
  number: "DB37/T 2893-2016",
  title: "社区老年人日间照料中心服务规范",
  origin: "referenced",
  published_on: "2016-11-29",
  implemented_on: "2016-12-29",
  placements: place("老有颐养", "opportunity"),
});
await withdraw(left, "改由市级目录统一收录");

const erased = await create("standards", DISTRICT, {
  number: "DB3702/T 1-2020",
  title: "误录个人信息的条目",
  origin: "self_built",
  scope: "370214199001011234",
});
await redact(erased, [1], { reason: "误录个人身份证件号码", basis: "《中华人民共和国个人信息保护法》第四十七条" });
