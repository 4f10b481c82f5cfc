"""A real Envoy that forwards gRPC with mutual TLS on both sides: the best-known proxy, doing none of our work."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path


def find() -> str:
    """Return the path of the envoy binary, or an empty string."""
    beside = Path(__file__).parents[1] / ".venv" / "bin" / "envoy"
    return str(beside) if beside.exists() else shutil.which("envoy") or ""


def configuration(folder: Path, port: int, target_port: int) -> dict[str, object]:
    """Envoy's bootstrap: one listener, one cluster, HTTP/2 and TLS 1.3 on both sides."""
    certificate = {
        "certificate_chain": {"filename": str(folder / "tls.crt")},
        "private_key": {"filename": str(folder / "tls.key")},
    }
    shared = {
        "tls_certificates": [certificate],
        "validation_context": {"trusted_ca": {"filename": str(folder / "ca.crt")}},
        "alpn_protocols": ["h2"],
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"},
    }
    kind = "type.googleapis.com/envoy.extensions"
    http2 = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{kind}.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    }
    manager = {
        "@type": f"{kind}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "b",
        "codec_type": "HTTP2",
        "route_config": {
            "virtual_hosts": [
                {"name": "b", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "t"}}]}
            ]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{kind}.filters.http.router.v3.Router"},
            }
        ],
    }
    downstream = {
        "@type": f"{kind}.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": shared,
        "require_client_certificate": True,
    }
    upstream = {
        "@type": f"{kind}.transport_sockets.tls.v3.UpstreamTlsContext",
        "common_tls_context": shared,
        "sni": "localhost",
    }
    return {
        "static_resources": {
            "listeners": [
                {
                    "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                    "filter_chains": [
                        {
                            "filters": [
                                {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
                            ],
                            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": downstream},
                        }
                    ],
                }
            ],
            "clusters": [
                {
                    "name": "t",
                    "type": "STATIC",
                    "typed_extension_protocol_options": http2,
                    "load_assignment": {
                        "cluster_name": "t",
                        "endpoints": [
                            {
                                "lb_endpoints": [
                                    {
                                        "endpoint": {
                                            "address": {
                                                "socket_address": {"address": "127.0.0.1", "port_value": target_port}
                                            }
                                        }
                                    }
                                ]
                            }
                        ],
                    },
                    "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": upstream},
                }
            ],
        }
    }


def start(folder: Path, port: int, target_port: int) -> subprocess.Popen[bytes]:
    """Start Envoy with one worker thread; it listens within a second or two."""
    file = folder / f"envoy-{port}.json"
    file.write_text(json.dumps(configuration(folder, port, target_port)), encoding="utf-8")
    return subprocess.Popen(
        [find(), "-c", str(file), "--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id"]
    )
