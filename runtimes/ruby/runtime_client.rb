# HTTP for the Runtime API: one kept connection, written by hand because net/http alone would double the time that a
# function takes to start.

require 'socket'
require_relative 'event'

module Hearth
  class RuntimeClient
    PREFIX = '/2018-06-01/runtime'

    def initialize(address)
      @address = address
      host, _, port = address.rpartition(':')
      # No timeout: the answer to next_event comes whenever there is an event, and we may be frozen meanwhile.
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      @socket.binmode
    end

    # For a runtime that was started ahead of need: waits until it is known for which function.
    def environment
      get('/hearth/environment').body
    end

    # Waits for an event.
    def next_event
      get("#{PREFIX}/invocation/next")
    end

    def post_response(request_id, body, type)
      post("#{PREFIX}/invocation/#{request_id}/response", body, "Content-Type: #{type}\r\n")
    end

    def post_error(request_id, failure)
      post_failure("#{PREFIX}/invocation/#{request_id}/error", failure)
    end

    def post_init_error(failure)
      post_failure("#{PREFIX}/init/error", failure)
    end

    private

    def get(path)
      @socket.write("GET #{path} HTTP/1.1\r\nHost: #{@address}\r\n\r\n")
      status, headers, body = read_answer
      raise "#{path} was refused with status #{status}: #{body}" unless status == 200

      Event.new(headers, body)
    end

    def post_failure(path, failure)
      post(path, failure.to_json,
           "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: #{failure.reported_type}\r\n")
    end

    def post(path, body, fields)
      @socket.write("POST #{path} HTTP/1.1\r\nHost: #{@address}\r\n#{fields}Content-Length: #{body.bytesize}\r\n\r\n", body)
      read_answer
    end

    def read_answer
      status = line.split(' ', 3)[1].to_i
      headers = {}
      until (text = line).empty?
        name, value = text.split(':', 2)
        headers[name.downcase] = value.strip.force_encoding(Encoding::UTF_8)
      end
      chunked = headers['transfer-encoding'].to_s.downcase == 'chunked'
      body = chunked ? read_chunks : exactly(headers['content-length'].to_i)
      [status, headers, body.force_encoding(Encoding::UTF_8)]
    end

    def read_chunks
      body = String.new
      while (size = line.hex).positive?
        body << exactly(size)
        line
      end
      nil until line.empty?
      body
    end

    def line
      text = @socket.gets("\r\n") or raise EOFError, 'the Runtime API closed the connection'
      text.chomp("\r\n")
    end

    def exactly(size)
      body = @socket.read(size)
      raise EOFError, 'the Runtime API closed the connection' if body.nil? || body.bytesize < size

      body
    end
  end
end
