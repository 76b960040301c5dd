FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /weft ./cmd/weft

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /weft /weft
ENV WEFT_ENV=production WEFT_DATA_DIR=/data
EXPOSE 8080
ENTRYPOINT ["/weft"]
