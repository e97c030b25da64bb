# A lab's server: the app for visitors, on the processor alone.
#   docker build -t saliency-lab . && docker run -p 8501:8501 -v saliency-lab:/data saliency-lab
FROM python:3.12-slim

# All that lasts lies under /data: boards, answers, brought models, downloaded weights, caches. Everybody who
# reaches the app is a visitor (XAI_ONE_PERSON=0). No account belongs to the user's number, so USER names one.
ENV PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    USER=lab \
    XAI_ONE_PERSON=0 \
    XAI_BOARDS_DIR=/data/boards \
    XAI_DATA_DIR=/data/data \
    XAI_MODELS_DIR=/data/models \
    XAI_WEIGHTS_DIR=/data/weights \
    XAI_CACHE_DIR=/data/concepts

WORKDIR /app
COPY requirements.txt requirements-cpu.txt ./
RUN python -m pip install -r requirements-cpu.txt
COPY dashboard.py LICENSE ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY assets assets
COPY pages pages
COPY xai_core xai_core
RUN python -m compileall -q xai_core pages dashboard.py
RUN mkdir -p /data && chown 10001:10001 /data

USER 10001:10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "dashboard.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
