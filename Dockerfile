# Speech Lab for any machine with Docker:  docker build -t speech-lab . && docker run -p 7860:7860 speech-lab
# The same Python, pins and Debian packages as on a Space; torch without CUDA (some GB less).

FROM python:3.12-bookworm AS build
RUN python -m venv /venv
# First, so that the pin in requirements.txt is met already; what torch needs itself is pinned there too.
RUN /venv/bin/python -m pip install --no-cache-dir --no-deps torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
COPY requirements.txt .
RUN /venv/bin/python -m pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim-bookworm
COPY packages.txt .
RUN apt-get update \
    && xargs -a packages.txt apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* packages.txt
RUN useradd --uid 1000 --create-home lab
COPY --from=build /venv /venv
WORKDIR /app
COPY LICENSE SECURITY.md app.py ./
COPY algorithms algorithms
COPY assets assets
COPY components components
COPY models models
COPY spaces spaces
USER 1000
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=7860
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'], timeout=9)"]
CMD ["python", "app.py"]
