#include "services/dynamodb/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <span>

#include "base/check.h"

namespace hearth::services::dynamodb {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest, with gzip's frame
constexpr size_t kPieceBytes = 64 * 1024;

Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
}

}  // namespace

struct Decompressor::State {
  Compression compression;
  z_stream gzip{};
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> zstd{nullptr, &ZSTD_freeDCtx};
  bool between = true;  // no stream has begun, or the last has ended

  explicit State(Compression as) : compression(as) {}
  ~State() {
    if (compression == Compression::kGzip) inflateEnd(&gzip);
  }

  Status inflate_some(std::string_view& piece, std::span<char> room, size_t& made) {
    if (between) inflateReset(&gzip);
    gzip.next_in = input_of(piece);
    gzip.avail_in = static_cast<uInt>(piece.size());
    gzip.next_out = reinterpret_cast<Bytef*>(room.data());
    gzip.avail_out = static_cast<uInt>(room.size());
    const int result = inflate(&gzip, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return fail("Malformed", "The data is not in GZIP format");
    }
    between = result == Z_STREAM_END;
    made = room.size() - gzip.avail_out;
    piece.remove_prefix(piece.size() - gzip.avail_in);
    return {};
  }

  Status unzstd_some(std::string_view& piece, std::span<char> room, size_t& made) {
    ZSTD_inBuffer in{.src = piece.data(), .size = piece.size(), .pos = 0};
    ZSTD_outBuffer out{.dst = room.data(), .size = room.size(), .pos = 0};
    const size_t result = ZSTD_decompressStream(zstd.get(), &out, &in);
    if (ZSTD_isError(result) != 0) return fail("Malformed", "The data is not in ZSTD format");
    between = result == 0;
    made = out.pos;
    piece.remove_prefix(in.pos);
    return {};
  }
};

Decompressor::Decompressor(Compression compression) : state_(std::make_unique<State>(compression)) {
  if (compression == Compression::kGzip) {
    CHECK(inflateInit2(&state_->gzip, kGzipWindow) == Z_OK, "no memory to decompress");
  }
  if (compression == Compression::kZstd) state_->zstd.reset(ZSTD_createDCtx());
}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Status Decompressor::take(std::string_view& piece, std::string& out, size_t out_max) {
  if (state_->compression == Compression::kNone) {
    out += piece;
    piece = {};
    return {};
  }
  const size_t out_end = out.size() + out_max;
  for (bool full = true; (!piece.empty() || full) && out.size() < out_end;) {
    const size_t begin = out.size();
    size_t made = 0;
    out.resize(begin + kPieceBytes);
    const std::span<char> room(out.data() + begin, kPieceBytes);
    if (piece.empty() && state_->between) {
      out.resize(begin);
      break;
    }
    const Status taken = state_->compression == Compression::kGzip ? state_->inflate_some(piece, room, made)
                                                                   : state_->unzstd_some(piece, room, made);
    out.resize(begin + made);
    if (!taken) return taken;
    full = made == kPieceBytes;  // there may be more of it inside
  }
  return {};
}

bool Decompressor::complete() const {
  return state_->compression == Compression::kNone || state_->between;
}

}  // namespace hearth::services::dynamodb
