# ippmailto alone. The printer has to reach its recipient: publish the port, and tell the printer this host.
#   docker build -t ippmailto .
#   docker run --rm -p 25:2525 -v "$PWD/out:/out" ippmailto run ipp://printer.example/ipp/print --smtp-listen 0.0.0.0:2525
FROM python:3.13-slim

WORKDIR /opt/ippmailto
COPY pyproject.toml constraints.txt README.md LICENSE ippmailto.py ./
COPY conformance conformance
COPY fakes fakes
COPY reports reports
RUN python3 -m venv .venv && .venv/bin/pip install -q --no-cache-dir -c constraints.txt .

RUN useradd --create-home --uid 1000 judge && install -d -o judge /out
USER judge
WORKDIR /out
VOLUME /out
EXPOSE 2525
ENTRYPOINT ["/opt/ippmailto/.venv/bin/ippmailto"]
CMD ["run"]
