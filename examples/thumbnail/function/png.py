"""PNG pictures of eight bits a channel, read, shrunk and written with nothing but the standard library."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by colour type: grey, RGB, grey and alpha, RGBA


class Picture:
    def __init__(self, width, height, colour, rows):
        self.width, self.height, self.colour, self.rows = width, height, colour, rows

    @staticmethod
    def read(data):
        if not data.startswith(SIGNATURE):
            raise ValueError("this is no PNG")
        header, packed, at = None, b"", len(SIGNATURE)
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            content, at = data[at + 8:at + 8 + size], at + 12 + size
            if kind == b"IHDR":
                header = struct.unpack(">IIBBBBB", content)
            elif kind == b"IDAT":
                packed += content
        width, height, depth, colour, _, _, interlaced = header
        if depth != 8 or colour not in CHANNELS or interlaced:
            raise ValueError("only PNGs of eight bits a channel, without a palette, not interlaced")
        return Picture(width, height, colour, unfiltered(zlib.decompress(packed), width * CHANNELS[colour], CHANNELS[colour]))

    def shrunk(self, edge):
        """So that neither side is longer; each pixel is the mean of those it stands for."""
        scale = min(1, edge / max(self.width, self.height))
        width, height, channels = max(1, round(self.width * scale)), max(1, round(self.height * scale)), CHANNELS[self.colour]
        rows = []
        for y in range(height):
            band = self.rows[y * self.height // height:max((y + 1) * self.height // height, y * self.height // height + 1)]
            row = bytearray()
            for x in range(width):
                left, right = x * self.width // width, max((x + 1) * self.width // width, x * self.width // width + 1)
                for channel in range(channels):
                    values = [v for line in band for v in line[left * channels + channel:right * channels:channels]]
                    row.append(sum(values) // len(values))
            rows.append(row)
        return Picture(width, height, self.colour, rows)

    def written(self):
        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, self.colour, 0, 0, 0)
        packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in self.rows))
        return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def unfiltered(data, size, step):
    """The rows of a picture, each of which says how it differs from what is left of it and above."""
    rows, above = [], bytearray(size)
    for start in range(0, len(data), size + 1):
        kind, row = data[start], bytearray(data[start + 1:start + 1 + size])
        for i in range(size if kind else 0):
            left, up, corner = (row[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                guess = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
            row[i] = (row[i] + guess) & 0xff
        rows.append(row)
        above = row
    return rows
