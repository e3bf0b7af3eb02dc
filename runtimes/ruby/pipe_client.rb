# The Runtime API as frames on a pair of pipes, a third of what HTTP over loopback costs. The server's runtime_pipe.h says
# what a frame is. Has the methods of RuntimeClient.

require_relative 'event'

module Hearth
  class PipeClient
    READ = 3
    WRITE = 4
    HEAD_BYTES = 5
    ENVIRONMENT, NEXT, RESPONSE, ERROR, INIT_ERROR = 1, 2, 3, 4, 5

    def initialize
      @from = IO.for_fd(READ, 'rb', autoclose: false)
      @to = IO.for_fd(WRITE, 'wb', autoclose: false)
      # What the function starts shall not have them.
      [@from, @to].each { |pipe| pipe.close_on_exec = true }
      @to.sync = true
      @unsent = []
    end

    def environment
      ask(ENVIRONMENT).force_encoding(Encoding::UTF_8)
    end

    # The answer to the last event goes with the question for the next.
    def next_event
      frame = ask(NEXT)
      head_end = 4 + frame.unpack1('V')
      headers = {}
      frame.byteslice(4...head_end).force_encoding(Encoding::UTF_8).each_line("\r\n", chomp: true) do |line|
        name, value = line.split(': ', 2)
        headers[name.downcase] = value
      end
      Event.new(headers, frame.byteslice(head_end..).force_encoding(Encoding::UTF_8))
    end

    # The type is of no use to anybody there.
    def post_response(_request_id, body, _type)
      @unsent = frame(RESPONSE, body)
    end

    # The process may end after these, so they do not wait.
    def post_error(_request_id, failure)
      @to.write(*frame(ERROR, described(failure)))
    end

    def post_init_error(failure)
      @to.write(*frame(INIT_ERROR, described(failure)))
    end

    private

    # Two texts, as those of different encodings cannot be joined.
    def frame(kind, body)
      [[body.bytesize, kind].pack('VC'), body]
    end

    def described(failure)
      type = failure.reported_type.b
      [type.bytesize].pack('v') + type + failure.to_json.b
    end

    def ask(kind)
      @to.write(*@unsent, *frame(kind, ''))
      @unsent = []
      exactly(exactly(HEAD_BYTES).unpack1('V'))
    end

    def exactly(size)
      return String.new if size.zero?

      bytes = @from.read(size)
      raise EOFError, 'the server closed the pipe' if bytes.nil? || bytes.bytesize < size

      bytes
    end
  end
end
