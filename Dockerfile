FROM golang:1.26.8-alpine3.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /eyeshot ./cmd/eyeshot && mkdir /data

FROM alpine:3.22.2
COPY --from=build /eyeshot /usr/local/bin/eyeshot
COPY --from=build --chown=10001:10001 /data /data
USER 10001:10001
ENV EYESHOT_DATA_DIR=/data EYESHOT_HTTP_LISTEN=0.0.0.0:8480
VOLUME /data
EXPOSE 8480
ENTRYPOINT ["eyeshot"]
CMD ["serve"]
