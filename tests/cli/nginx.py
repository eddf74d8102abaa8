"""nginx in front of an endpoint, with a certificate of its own."""
import os
import shutil
import socket
import subprocess
import time

from program import free_port

HERE = shutil.which("nginx")


class Nginx:
    """Server lines are of its one server, http lines of what is around it; both may name {folder}."""

    def __init__(self, case, folder, server, http="", listen="ssl"):
        self.ca, self.port, self.log = folder + "/cert.pem", free_port(), folder + "/access.log"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", folder + "/key.pem", "-out", self.ca], check=True,
                       capture_output=True)
        with open(folder + "/nginx.conf", "w") as conf:
            conf.write(f"""daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    log_format requests "$connection $server_protocol $status";
    access_log {self.log} requests; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {http}
    server {{
        listen 127.0.0.1:{self.port} {listen};
        ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        {server}
    }}
}}
""")
        process = subprocess.Popen(["nginx", "-c", folder + "/nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
        case.addClassCleanup(process.wait)
        case.addClassCleanup(process.terminate)
        self.url = f"https://127.0.0.1:{self.port}"
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def requests(self, least=1):
        """Of each request so far: (connection, protocol, status).  nginx writes them after its reply."""
        for _ in range(100):
            with open(self.log) as f:
                seen = [tuple(line.split()) for line in f]
            if len(seen) >= least:
                break
            time.sleep(0.05)
        return seen

    def forget(self):
        os.truncate(self.log, 0)
