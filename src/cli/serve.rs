//! `serve`: the service itself, with a friendly word on where to begin.

use std::io::Write;
use std::net::SocketAddr;

use crate::app::Application;
use crate::cli::Failure;
use crate::cli::server::reachable;
use crate::config::Config;
use crate::telemetry;

pub fn run(config: &Config) -> Result<(), Failure> {
    telemetry::start(config.log_format);
    actix_web::rt::System::new().block_on(async {
        let application = Application::build(config).await.map_err(Failure::failed)?;
        let banner = banner(config, application.address());
        let mut out = std::io::stdout().lock();
        // Nobody may be reading standard output; that is no reason not to serve.
        let _ = out.write_all(banner.as_bytes()).and_then(|()| out.flush());
        drop(out);
        application
            .run()
            .await
            .map_err(|error| Failure::failed(error.to_string()))
    })
}

fn banner(config: &Config, address: SocketAddr) -> String {
    let base = format!("http://{}", reachable(address));
    let data = config.data.display();
    if let Some(source) = &config.mirror_of {
        return format!(
            "\
公共服务标准登记簿 · 只读副本 · Standards registry, a mirror

  {base}

  来源 · source      {source}
  进度 · standing    curl {base}/readyz
  文档 · docs        {base}/docs/

"
        );
    }
    // As it was called, so that what is printed works from a checkout and when installed.
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "standards-registry".to_owned());
    format!(
        "\
公共服务标准登记簿 · Standards registry

  {base}

  文档 · docs        {base}/docs/
  令牌 · a token     TOKEN=$({program} token --data {data} --subject me --district 370200 --scope \"standards:write\")
  看看 · look        curl '{base}/v1/divisions?parent=370200'
  登记 · write       curl {base}/v1/standards -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\
                       -d '{{\"owner\":\"370200\",\"content\":{{\"number\":\"GB/T 42195-2022\",\"title\":\"老年人能力评估规范\",\"origin\":\"referenced\",\"level\":\"national\",\"supply\":\"existing\"}}}}'

"
    )
}
